// Uploads that report how far they are, once a second.
import { NativeBuffer } from 'holdfast'

async function upload(part: number): Promise<void> {
  const buffer = new NativeBuffer(64 * 1024)
  // Wrong: nobody clears the timer, whose callback needs the buffer for as long as the program runs.
  setInterval(() => console.log(`part ${part}: ${buffer.byteLength} bytes`), 1000).unref()
  await new Promise((resolve) => setImmediate(resolve))
}

for (let part = 0; part < 20; part++) await upload(part)
console.log('uploaded')
