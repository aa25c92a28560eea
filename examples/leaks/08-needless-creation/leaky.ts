// Encodes numbers, each in a buffer of its own.
import { NativeBuffer } from 'holdfast'

function encode(value: number): number {
  // Wrong: nothing is leaked, but 50,000 buffers are opened where one would do.
  using buffer = new NativeBuffer(8)
  buffer.bytes.writeDoubleLE(value)
  return buffer.bytes.readInt32LE(4)
}

let sum = 0
for (let i = 0; i < 50_000; i++) sum += encode(i)
console.log(sum)
