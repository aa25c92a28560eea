import type { SystemFailure } from '../binding.js'
import { OutOfMemoryError } from '../errors.js'
import { suppress } from '../suppressed-error.js'
import * as symbols from '../symbols.js'
import { isFailure, systemError } from '../system-error.js'

/** What a directory contains. */
export interface DirectoryEntry {
  /** Without the directory. Bytes that are not UTF-8 have become U+FFFD. */
  name: string
  /** A symbolic link is not followed. 'other': a pipe, a socket, a device, or gone by now. */
  kind: 'file' | 'directory' | 'symlink' | 'other'
}

/** The letters of native/resources/directory.h. */
const KINDS: Readonly<Record<string, DirectoryEntry['kind']>> = { f: 'file', d: 'directory', l: 'symlink' }

/** What native code reads in one go; undefined when there was no memory for it. */
type Batch = string | SystemFailure | undefined

/** An open directory, for those who step through it. */
export interface EntrySource {
  readonly path: string
  /** @throws ObjectDisposedError */
  assertUsable(): void
  read(): Batch
  readAsync(): Promise<Batch>
  dispose(): void
  disposeAsync(): Promise<void>
}

/** The entries of a batch, one after another. */
class Entries {
  #parts: string[] = []
  #next = 0

  /** @throws SystemError, OutOfMemoryError; @returns false at the end of the directory */
  fill(batch: Batch, path: string): boolean {
    if (batch === undefined) throw new OutOfMemoryError(0)
    if (isFailure(batch)) throw systemError(batch, path)
    this.#parts = batch === '' ? [] : batch.split('/')
    this.#next = 0
    return this.#parts.length > 0
  }

  take(): DirectoryEntry | undefined {
    const part = this.#parts[this.#next]
    if (part === undefined) return undefined
    this.#next++
    return { name: part.slice(1), kind: KINDS[part.charAt(0)] ?? 'other' }
  }
}

const END = { done: true, value: undefined } as const

/** Steps through a directory, and closes it in the end; made by `SafeDirectoryHandle.entries()`. */
export class DirectoryEntries implements IterableIterator<DirectoryEntry>, Disposable {
  #source: EntrySource | undefined
  readonly #entries = new Entries()

  /** @internal */
  constructor(source: EntrySource) {
    this.#source = source
  }

  /** The next entry; the directory is closed after the last one, and when it cannot be read. @throws SystemError, ObjectDisposedError, OutOfMemoryError */
  next(): IteratorResult<DirectoryEntry, undefined> {
    const source = this.#source
    if (source === undefined) return END
    try {
      source.assertUsable()
      const value = this.#entries.take() ?? this.#read(source)
      if (value !== undefined) return { done: false, value }
    } catch (error) {
      throw this.#failed(error)
    }
    return this.return()
  }

  /** What a loop calls that ends early: closes the directory. @throws HandleReleaseError when that fails */
  return(): IteratorResult<DirectoryEntry, undefined> {
    this.dispose()
    return END
  }

  /** Ends the iteration and closes the directory; a second call does nothing. */
  dispose(): void {
    const source = this.#source
    this.#source = undefined
    source?.dispose()
  }

  /** Itself: a directory is stepped through once. */
  [Symbol.iterator](): this {
    return this
  }

  /** For `using`: calls `dispose()`. */
  [symbols.dispose](): void {
    this.dispose()
  }

  #read(source: EntrySource): DirectoryEntry | undefined {
    return this.#entries.fill(source.read(), source.path) ? this.#entries.take() : undefined
  }

  /** The loop that called does not end us when we throw. */
  #failed(error: unknown): unknown {
    try {
      this.dispose()
    } catch (releaseError) {
      return suppress(releaseError, { error })
    }
    return error
  }
}

/**
 * The same on the thread pool; made by `SafeDirectoryHandle[Symbol.asyncIterator]()`. Calls that do not wait for
 * each other are answered in their order.
 */
export class AsyncDirectoryEntries implements AsyncIterableIterator<DirectoryEntry>, AsyncDisposable {
  #source: EntrySource | undefined
  readonly #entries = new Entries()
  #last: Promise<unknown> = Promise.resolve()

  /** @internal */
  constructor(source: EntrySource) {
    this.#source = source
  }

  /** The next entry; the directory is closed after the last one, and when it cannot be read. Rejects as `DirectoryEntries` throws. */
  next(): Promise<IteratorResult<DirectoryEntry, undefined>> {
    return this.#enqueue(() => this.#step())
  }

  /** What a loop calls that ends early: closes the directory. Rejects with HandleReleaseError when that fails. */
  return(): Promise<IteratorResult<DirectoryEntry, undefined>> {
    return this.#enqueue(() => this.#end())
  }

  /** Ends the iteration, and resolves when the directory is closed; a second call does nothing more. */
  async disposeAsync(): Promise<void> {
    await this.return()
  }

  /** Itself: a directory is stepped through once. */
  [Symbol.asyncIterator](): this {
    return this
  }

  /** For `await using`: calls `disposeAsync()`. */
  [symbols.asyncDispose](): Promise<void> {
    return this.disposeAsync()
  }

  #enqueue<R>(step: () => Promise<R>): Promise<R> {
    const result = this.#last.then(step)
    this.#last = result.catch(() => {})
    return result
  }

  async #step(): Promise<IteratorResult<DirectoryEntry, undefined>> {
    const source = this.#source
    if (source === undefined) return END
    try {
      source.assertUsable()
      const value = this.#entries.take() ?? (await this.#read(source))
      if (value !== undefined) return { done: false, value }
    } catch (error) {
      throw await this.#failed(error)
    }
    return this.#end()
  }

  async #end(): Promise<IteratorResult<DirectoryEntry, undefined>> {
    const source = this.#source
    this.#source = undefined
    await source?.disposeAsync()
    return END
  }

  async #read(source: EntrySource): Promise<DirectoryEntry | undefined> {
    return this.#entries.fill(await source.readAsync(), source.path) ? this.#entries.take() : undefined
  }

  async #failed(error: unknown): Promise<unknown> {
    try {
      await this.#end()
    } catch (releaseError) {
      return suppress(releaseError, { error })
    }
    return error
  }
}
