// Uploads that report how far they are, once a second.
import { DisposableStack, NativeBuffer } from 'holdfast'

async function upload(part: number): Promise<void> {
  using stack = new DisposableStack()
  const buffer = stack.use(new NativeBuffer(64 * 1024))
  const timer = setInterval(() => console.log(`part ${part}: ${buffer.byteLength} bytes`), 1000)
  stack.defer(() => clearInterval(timer))
  await new Promise((resolve) => setImmediate(resolve))
}

for (let part = 0; part < 20; part++) await upload(part)
console.log('uploaded')
