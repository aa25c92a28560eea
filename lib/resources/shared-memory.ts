import { Buffer } from 'node:buffer'
import { constants } from 'node:os'
import { type HandleId, type KindNumber, native, type SystemFailure } from '../binding.js'
import type { HandleToken } from '../handle-token.js'
import { kindOf } from '../kinds.js'
import { abandonResource, assertUsable } from '../safe-handle.js'
import { detailsOf, systemError } from '../system-error.js'
import { checkBoolean, checkInteger, checkOptions, invalidType, invalidValue, outOfRange } from '../validate.js'
import { FileRange, MAX_MAP_LENGTH, OUT_OF_RANGE } from './file-range.js'
import { assertNoLostPages } from './lost-pages.js'
import { assertWhole, MappedMemory, size } from './mapped-memory.js'
import { openResource, releaseCall, resourceId } from './native-resource.js'

/** How `SharedMemory.create` makes a segment. */
export interface SharedMemoryOptions {
  /**
   * Whether a segment that has the name already, for example because its owner was killed, loses it to the new one.
   * Those who have the old one mapped keep it. Default false: `EEXIST`.
   */
  readonly replace?: boolean
}

const givenName: unique symbol = Symbol('givenName')
const owns: unique symbol = Symbol('owns')

/** Longer ones are refused by some systems. */
const MAX_NAME_BYTES = 250

/**
 * Memory under a name, which any process of the same user can map.
 *
 * ```ts
 * // in one process
 * using shared = SharedMemory.create('frames', 2 ** 20)
 * // in another
 * using shared = SharedMemory.open('frames')
 * shared.bytes[0] = 1
 * ```
 *
 * Nothing keeps two of them from writing at once: agree on who does, or use `Atomics` on a view of `bytes.buffer`.
 *
 * Who created it owns the name, and removes it: at disposal, or when the object was collected, when its thread ends, and
 * when the process ends, also by `process.exit()` and by an uncaught exception. A process that is killed, by SIGKILL or by
 * any signal that it does not handle, leaves the name behind; see `replace` and `SharedMemory.unlink`. The memory itself
 * goes when the name is gone and nobody has it mapped.
 */
export class SharedMemory extends MappedMemory {
  /** @internal */
  declare [givenName]: string
  /** @internal */
  declare [owns]: boolean

  /** See `SharedMemory.create` and `SharedMemory.open`. @internal */
  protected constructor(name: string, open: OpenSegment, byteLength: () => number, isOwner: boolean) {
    super()
    const kind = kindOf(new.target)
    openResource(this, (owner) => open(owner, kind), { path: name, byteLength })
    this[size] = byteLength()
    this[givenName] = name
    this[owns] = isOwner
  }

  /**
   * Makes a segment of zeros. All of its memory is allocated now, so that there is no touch later that fails for lack of
   * it; that takes some tenths of a second for a gigabyte.
   *
   * @param name 1 to 250 bytes in UTF-8, with or without a `/` in front, and none elsewhere
   * @param byteLength how many bytes, an integer from 0 to `buffer.constants.MAX_LENGTH`
   * @throws TypeError, RangeError for bad arguments
   * @throws SystemError when the system refuses: `EEXIST` when there is one of that name, `ENOSPC` when there is not
   *   enough shared memory
   * @throws OutOfMemoryError past the native limit
   */
  static create(name: string, byteLength: number, options: SharedMemoryOptions = {}): SharedMemory {
    const systemName = systemNameOf(name)
    checkInteger('byteLength', byteLength, 0, MAX_MAP_LENGTH)
    checkOptions('options', options)
    const { replace = false } = options
    checkBoolean('options.replace', replace)
    const open: OpenSegment = (owner, kind) => native.createSharedMemory(owner, kind, systemName, byteLength, replace)
    return new this(name, open, () => byteLength, true)
  }

  /**
   * Maps the whole of a segment that somebody has created, in this process or in another one.
   *
   * @param name see `create`
   * @throws TypeError, RangeError for a bad name; RangeError for a segment longer than `buffer.constants.MAX_LENGTH`
   * @throws SystemError when the system refuses: `ENOENT` when there is none of that name
   * @throws OutOfMemoryError past the native limit
   */
  static open(name: string): SharedMemory {
    const systemName = systemNameOf(name)
    const range = new FileRange(0, undefined)
    const open: OpenSegment = (owner, kind) => {
      const opened = native.openSharedMemory(owner, kind, systemName, range.cells)
      if (opened === OUT_OF_RANGE) throw range.toError()
      return opened
    }
    return new this(name, open, () => range.byteLength, false)
  }

  /**
   * Removes a name, whoever owns it. Those who have the segment mapped keep it.
   *
   * @param name see `create`
   * @returns false when there was none
   * @throws TypeError, RangeError for a bad name
   * @throws SystemError when the system refuses
   */
  static unlink(name: string): boolean {
    const failure = native.unlinkSharedMemory(systemNameOf(name))
    if (failure === undefined) return true
    if (detailsOf(failure).errno === constants.errno.ENOENT) return false
    throw systemError(failure, name)
  }

  /** As it was given. @throws ObjectDisposedError */
  get name(): string {
    assertUsable(this)
    return this[givenName]
  }

  /** Whether this object created the segment, and removes its name. @throws ObjectDisposedError */
  get isOwner(): boolean {
    assertUsable(this)
    return this[owns]
  }

  /** @internal */
  override [assertWhole](): void {
    assertUsable(this)
    assertNoLostPages(this)
  }

  /** Whoever takes the memory over takes the name over, too. @internal */
  override [abandonResource](): void {
    native.leaveSharedMemoryName(resourceId(this))
    super[abandonResource]()
  }

  /** @internal */
  override get [releaseCall](): string {
    return this[owns] ? 'shm_unlink' : 'munmap'
  }
}

type OpenSegment = (owner: HandleToken, kind: KindNumber) => HandleId | SystemFailure | 0 | undefined

/** The rule for names. @throws TypeError, RangeError */
function systemNameOf(name: unknown): string {
  if (typeof name !== 'string') throw invalidType('name', 'of type string', name)
  const plain = name.startsWith('/') ? name.slice(1) : name
  if (plain === '' || plain === '.' || plain === '..' || /[/\0]/.test(plain)) {
    throw invalidValue('name', "a name without '/' (but for the first character) and null bytes", name)
  }
  const length = Buffer.byteLength(plain)
  if (length > MAX_NAME_BYTES) throw outOfRange('name.length', `<= ${MAX_NAME_BYTES} bytes in UTF-8`, length)
  return `/${plain}`
}
