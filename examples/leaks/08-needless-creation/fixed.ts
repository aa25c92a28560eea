// Encodes numbers, all in one buffer.
import { NativeBuffer } from 'holdfast'

function encode(buffer: NativeBuffer, value: number): number {
  buffer.bytes.writeDoubleLE(value)
  return buffer.bytes.readInt32LE(4)
}

using buffer = new NativeBuffer(8)
let sum = 0
for (let i = 0; i < 50_000; i++) sum += encode(buffer, i)
console.log(sum)
