// A checksum of each block, through a buffer that is freed when the function returns.
import { createHash } from 'node:crypto'
import { NativeBuffer } from 'holdfast'

function checksum(block: string): string {
  using buffer = new NativeBuffer(64 * 1024)
  buffer.bytes.write(block)
  return createHash('sha256').update(buffer.bytes).digest('hex')
}

const sums = new Set<string>()
for (let i = 0; i < 2000; i++) sums.add(checksum(`block ${i}`))
console.log(sums.size)
