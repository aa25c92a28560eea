import { NativeBuffer } from 'holdfast'

const file = 'a.txt'

async function upload(_file: string): Promise<void> {
  using buffer = new NativeBuffer(16)
  await new Promise((resolve) => setImmediate(resolve, buffer))
}
