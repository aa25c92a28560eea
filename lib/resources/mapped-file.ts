import { native, type SystemFailure } from '../binding.js'
import { OutOfMemoryError } from '../errors.js'
import { kindOf } from '../kinds.js'
import { assertUsable } from '../safe-handle.js'
import { systemError } from '../system-error.js'
import { checkBoolean, checkInteger, checkOneOf, checkOptions } from '../validate.js'
import { checkPath, describePath, type FilePath } from './file-path.js'
import { FileRange, MAX_MAP_LENGTH, OUT_OF_RANGE } from './file-range.js'
import { assertNoLostPages, hasLostPages } from './lost-pages.js'
import { assertWhole, MappedMemory, size } from './mapped-memory.js'
import { openResource, releaseCall, resourceId } from './native-resource.js'

/** As native code numbers it: native/resources/file_map.h. */
const ADVICE = ['normal', 'sequential', 'random', 'willneed', 'dontneed'] as const
const MODES = ['r', 'r+'] as const
/** native/binding/mapped_file_binding.cc */
const OpenFlag = { writable: 1, populate: 2 } as const

/**
 * How bytes are going to be read, so that the system can read ahead, or not. `'willneed'` begins to read them now;
 * `'dontneed'` lets the system take the memory back: what is read later comes from the file again.
 */
export type MemoryAdvice = (typeof ADVICE)[number]

/** What of a file is mapped, and how. */
export interface MappedFileOptions {
  /**
   * `'r'`: what is written into the bytes stays in this map, and never reaches the file. `'r+'`: it is written to the
   * file. Default `'r'`.
   */
  readonly mode?: 'r' | 'r+'
  /** Where in the file the bytes begin, an integer from 0 to its size; any, also in the middle of a page. Default 0. */
  readonly offset?: number
  /** How many bytes, an integer from 0 to what the file has from `offset` on. Default: all of them. */
  readonly length?: number
  /** Default `'normal'`. */
  readonly advice?: MemoryAdvice
  /** Whether to read the whole range now, instead of each page when it is first touched. Default false. */
  readonly populate?: boolean
}

const path: unique symbol = Symbol('path')
const writable: unique symbol = Symbol('writable')

/**
 * The bytes of a file in memory, without reading it: a page comes when it is touched.
 *
 * ```ts
 * using file = MappedFile.open('words.bin')
 * const found = file.bytes.indexOf(word)
 * ```
 *
 * The file may be renamed, replaced and deleted meanwhile; the map stays with the file that it opened. When somebody
 * makes that file shorter, the bytes that are gone read as zeros, `truncated` is true as soon as one of them was touched,
 * and members throw from then on.
 *
 * Disposing unmaps the file, and its views have length 0 from then on. A view keeps its map alive.
 */
export class MappedFile extends MappedMemory {
  /** @internal */
  declare [path]: string
  /** @internal */
  declare [writable]: boolean

  /** See `MappedFile.open`. @internal */
  protected constructor(file: FilePath, options: MappedFileOptions = {}) {
    super()
    const plain = checkPath(file)
    const text = describePath(plain)
    checkOptions('options', options)
    const { mode = 'r', offset = 0, length, advice = 'normal', populate = false } = options
    checkOneOf('options.mode', mode, MODES)
    checkInteger('options.offset', offset, 0, Number.MAX_SAFE_INTEGER)
    if (length !== undefined) checkInteger('options.length', length, 0, MAX_MAP_LENGTH)
    checkOneOf('options.advice', advice, ADVICE)
    checkBoolean('options.populate', populate)
    const kind = kindOf(new.target)
    const flags = (mode === 'r+' ? OpenFlag.writable : 0) | (populate ? OpenFlag.populate : 0)
    const range = new FileRange(offset, length)
    const open = (owner: object) => {
      const opened = native.openMappedFile(owner, kind, plain, flags, ADVICE.indexOf(advice), range.cells)
      if (opened === OUT_OF_RANGE) throw range.toError()
      return opened
    }
    openResource(this, open, { path: text, byteLength: () => range.byteLength })
    this[size] = range.byteLength
    this[path] = text
    this[writable] = mode === 'r+'
  }

  /**
   * Maps a file, or a part of it. A file of 0 bytes is fine, and so is a part of 0 bytes.
   *
   * @param path a string, Buffer or URL, as for `node:fs`
   * @throws TypeError, RangeError for bad arguments, and for a range past the end of the file
   * @throws SystemError when the system refuses: `ENOENT`, `EACCES`, …; `EISDIR` for a directory, `ENODEV` for anything
   *   else that is not a regular file
   * @throws OutOfMemoryError past the native limit, where a map counts with all of its bytes, or when there is no room for
   *   them among the addresses of the process
   */
  static open(path: FilePath, options?: MappedFileOptions): MappedFile {
    return new this(path, options)
  }

  /**
   * Whether a byte was touched that the file does not have any more; or that could not be read from the disk, or written
   * to it for lack of room. The page that was touched holds zeros and is no part of the file.
   *
   * @throws ObjectDisposedError
   */
  get truncated(): boolean {
    assertUsable(this)
    return hasLostPages(this)
  }

  /**
   * Tells the system how bytes will be used. `'dontneed'` throws away what was written into them in mode `'r'`; it leaves
   * out pages of which the range is only a part.
   *
   * @param offset where in the map the bytes begin. Default 0
   * @param length how many. Default: to the end
   * @throws TypeError, RangeError, SystemError, ObjectDisposedError
   * @throws InvalidOperationError when the map is truncated
   */
  advise(advice: MemoryAdvice, offset?: number, length?: number): void {
    this[assertWhole]()
    checkOneOf('advice', advice, ADVICE)
    const [from, count] = rangeOf(this, offset, length)
    throwFailure(this, native.adviseMap(resourceId(this), ADVICE.indexOf(advice), from, count))
  }

  /**
   * Waits until what was written is on the disk. In mode `'r'` there is nothing to write, and nothing happens.
   *
   * @param offset where in the map the bytes begin. Default 0
   * @param length how many. Default: to the end
   * @throws TypeError, RangeError, SystemError, ObjectDisposedError
   * @throws InvalidOperationError when the map is truncated
   */
  flush(offset?: number, length?: number): void {
    const [from, count] = rangeToFlush(this, offset, length)
    if (count > 0) throwFailure(this, native.flushMap(resourceId(this), from, count))
  }

  /**
   * Like `flush`, on the thread pool. The map stays mapped until that is done, also when it is disposed meanwhile.
   *
   * @returns rejects with what `flush` would throw, and with OutOfMemoryError
   */
  async flushAsync(offset?: number, length?: number): Promise<void> {
    const [from, count] = rangeToFlush(this, offset, length)
    if (count === 0) return
    this.dangerousAddRef()
    let failure: SystemFailure | undefined
    try {
      const flushed = native.flushMapInPool(resourceId(this), from, count)
      if (flushed === undefined) throw new OutOfMemoryError(0)
      failure = await flushed
    } finally {
      this.dangerousRelease()
    }
    throwFailure(this, failure)
  }

  /** @internal */
  override [assertWhole](): void {
    assertUsable(this)
    assertNoLostPages(this)
  }

  /** @internal */
  override get [releaseCall](): string {
    return 'munmap'
  }
}

/** @returns where it begins in the map, and how many bytes it has */
function rangeOf(file: MappedFile, offset: number | undefined, length: number | undefined): [number, number] {
  const from = offset ?? 0
  checkInteger('offset', from, 0, file[size])
  const count = length ?? file[size] - from
  checkInteger('length', count, 0, file[size] - from)
  return [from, count]
}

/** No bytes at all where nothing written can reach the file. */
function rangeToFlush(file: MappedFile, offset: number | undefined, length: number | undefined): [number, number] {
  file[assertWhole]()
  const [from, count] = rangeOf(file, offset, length)
  return [from, file[writable] ? count : 0]
}

function throwFailure(file: MappedFile, failure: SystemFailure | undefined): void {
  if (failure !== undefined) throw systemError(failure, file[path])
}
