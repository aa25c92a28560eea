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

  /** The next piece, as a view of the buffer. After the last one the reference is given back. */
  next(): IteratorResult<Buffer, undefined> {
    if (this.#owner !== undefined && this.#position < this.#bytes.length) {
      const end = Math.min(this.#position + this.#size, this.#bytes.length)
      const value = this.#bytes.subarray(this.#position, end)
      this.#position = end
      return { done: false, value }
    }
    return this.return()
  }

  /** What a loop calls that ends early: the same as `dispose()`. */
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

  /** Itself: a buffer in pieces is stepped through once. */
  [Symbol.iterator](): this {
    return this
  }

  /** For `using`: calls `dispose()`. */
  [symbols.dispose](): void {
    this.dispose()
  }
}
