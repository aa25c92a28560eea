// Reads messages, some of which are damaged.
import { GC, NativeBuffer } from 'holdfast'

function parse(text: string): unknown {
  using buffer = new NativeBuffer(4096)
  buffer.bytes.write(text)
  return JSON.parse(buffer.bytes.toString('utf8', 0, text.length))
}

let damaged = 0
for (let i = 0; i < 500; i++) {
  try {
    parse(i % 5 === 0 ? '{"id":' : `{"id":${i}}`)
  } catch {
    damaged++
  }
}
GC.collect()
GC.reclaim()
console.log(`${damaged} damaged`)
