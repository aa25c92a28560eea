import type { Buffer } from 'node:buffer'
import * as symbols from '../symbols.js'

interface Referenced {
  dangerousRelease(): void
}

/** Steps through a buffer in pieces; made by `NativeBuffer.chunks()`. Holds a reference until it ends. */
export class BufferChunks implements IterableIterator<Buffer>, Disposable {
  #owner: Referenced | undefined
  readonly #bytes: Buffer
  readonly #size: number
  #position = 0

  /** @internal */
  constructor(owner: Referenced, bytes: Buffer, size: number) {
    this.#owner = owner
    this.#bytes = bytes
    this.#size = size
  }

  next(): IteratorResult<Buffer, undefined> {
    if (this.#owner !== undefined && this.#position < this.#bytes.length) {
      const end = Math.min(this.#position + this.#size, this.#bytes.length)
      const value = this.#bytes.subarray(this.#position, end)
      this.#position = end
      return { done: false, value }
    }
    return this.return()
  }

  return(): IteratorResult<Buffer, undefined> {
    this.dispose()
    return { done: true, value: undefined }
  }

  /** Ends the iteration and gives the reference back; a second call does nothing. */
  dispose(): void {
    const owner = this.#owner
    this.#owner = undefined
    owner?.dangerousRelease()
  }

  [Symbol.iterator](): this {
    return this
  }

  [symbols.dispose](): void {
    this.dispose()
  }
}
