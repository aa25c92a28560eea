import { GC, liveHandles, NativeBuffer } from 'holdfast'

// Finalizable: holds a little native memory that nobody is short of. It has no dispose() for its users to
// think of; the buffer is released when the object is collected.
class Checksum {
  readonly #words = new NativeBuffer(8).view(Uint32Array)

  add(value: number): this {
    this.#words[0] = (this.#words[0] ?? 0) + value
    this.#words[1] = (this.#words[1] ?? 0) + (this.#words[0] ?? 0)
    return this
  }

  get sum(): number {
    return this.#words[1] ?? 0
  }
}

function checksumOf(values: number[]): number {
  const checksum = new Checksum()
  for (const value of values) checksum.add(value)
  return checksum.sum
}

console.log(checksumOf([1, 2, 3]), liveHandles())
GC.collect()
console.log(liveHandles())
