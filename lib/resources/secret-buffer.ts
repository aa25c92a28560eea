import { Buffer, constants } from 'node:buffer'
import { types } from 'node:util'
import { native, type SystemFailure } from '../binding.js'
import { type Disposer, disposeAll } from '../disposal.js'
import { InvalidOperationError, OutOfMemoryError, SystemError } from '../errors.js'
import { kindOf } from '../kinds.js'
import { abandonResource, assertUsable, describe, releaseResource, token } from '../safe-handle.js'
import { isFailure, systemError } from '../system-error.js'
import { isThenable } from '../use.js'
import { checkBoolean, checkFunction, checkInteger, checkOptions } from '../validate.js'
import { externalBuffersRefused } from './external-buffers.js'
import { abandonView } from './memory-token.js'
import { NativeResource, openResource, releaseCall, resourceId } from './native-resource.js'
import { invalidSecret, isMemory, plainBytesOf, type SecretSource } from './secret-source.js'

export type { SecretSource } from './secret-source.js'

/** How a secret is copied. */
export interface SecretBufferOptions {
  /**
   * Whether the bytes it is copied from are overwritten with zeros. For memory only, a view or an ArrayBuffer: strings
   * and iterables cannot be wiped. Default false.
   */
  wipeSource?: boolean
}

/** The same as for a `NativeBuffer`. */
const MAX_BYTE_LENGTH = constants.MAX_LENGTH

const LOCK_CALLS: ReadonlySet<string> = new Set(['mlock', 'VirtualLock'])

const size: unique symbol = Symbol('size')
const knownAddress: unique symbol = Symbol('knownAddress')

/**
 * Bytes that nobody should see: a key, a password. They can be read and written inside `use()` and nowhere else.
 *
 * ```ts
 * using key = SecretBuffer.from(readFileSync('key.bin'), { wipeSource: true })
 * const mac = key.use((bytes) => createHmac('sha256', bytes).update(message).digest())
 * ```
 *
 * The bytes have pages of their own, which are never swapped out, stay out of core dumps and of forked processes where
 * the system can do that, and are wiped when the secret is disposed, collected, or its thread ends. Outside of `use()`
 * touching them is a fault, and so is, at any time, touching what comes right after them. docs/secret-buffer.md says
 * against what that helps, and against what not.
 *
 * Each secret takes at least one page (4 KiB on most systems) of what the process may lock.
 */
export class SecretBuffer extends NativeResource<bigint> {
  /** @internal */
  declare [size]: number
  /** 0 until somebody asks. @internal */
  declare [knownAddress]: number

  // These two are private names, unlike in other classes: util.inspect can be made to show properties, and the view
  // with its bytes.
  /** How many bodies are running. */
  #depth = 0
  /**
   * The view that the running bodies have. When none runs, or when the view is detached all the same, the memory was
   * moved into another ArrayBuffer, or could not be detached from this one.
   */
  #view: Buffer | undefined

  /**
   * @param byteLength how many bytes, an integer from 0 to `buffer.constants.MAX_LENGTH`; they are 0 at first
   * @throws TypeError, RangeError for a bad `byteLength`
   * @throws SystemError when the process may lock no more memory, also after unreachable handles were released: code
   *   `ENOMEM`, or `EPERM` where it may lock none; the `syscall` is `mlock`
   * @throws OutOfMemoryError when the memory cannot be had
   */
  constructor(byteLength: number) {
    super(0n)
    checkInteger('byteLength', byteLength, 0, MAX_BYTE_LENGTH)
    this[size] = byteLength
    this[knownAddress] = 0
    const kind = kindOf(new.target)
    try {
      openResource(this, (owner) => native.openSecret(owner, kind, byteLength), { byteLength })
    } catch (error) {
      throw error instanceof SystemError ? refusalOf(error, byteLength) : error
    }
  }

  /**
   * A new secret with a copy of some bytes. No other copy of them is left behind, but what the caller has: a string
   * cannot be wiped, and stays in the engine's memory until that is used for something else.
   *
   * @param source bytes: of a view its raw bytes, of an iterable its numbers, each an integer from 0 to 255, of a
   *   string its UTF-8
   * @param options nothing is wiped by default
   * @throws TypeError, RangeError for anything else, and for a source that cannot be wiped when it should be
   * @throws SystemError, OutOfMemoryError, as the constructor does; the source is not wiped then
   */
  static from(source: SecretSource, options: SecretBufferOptions = {}): SecretBuffer {
    checkOptions('options', options)
    const { wipeSource = false } = options
    checkBoolean('options.wipeSource', wipeSource)
    if (wipeSource && !isMemory(source)) {
      throw invalidSecret('source', 'memory, which can be wiped (an ArrayBuffer, a TypedArray or a DataView),', source)
    }
    const { bytes, isCopy } = plainBytesOf(source)
    try {
      const secret = new SecretBuffer(bytes.byteLength)
      try {
        check(native.writeSecret(resourceId(secret), bytes))
      } catch (error) {
        secret.dispose()
        throw error
      }
      if (wipeSource) memoryOf(source as ArrayBufferView | ArrayBufferLike).fill(0)
      return secret
    } finally {
      if (isCopy) bytes.fill(0)
    }
  }

  /** How many bytes. @throws ObjectDisposedError */
  get byteLength(): number {
    assertUsable(this)
    return this[size]
  }

  /**
   * Lets `body` read and write the bytes. Afterwards they are protected again, and every view of them has length 0.
   *
   * Bodies may be nested: all get the same `Buffer`, and the outermost ends it. `dispose()` inside a body takes effect
   * when it returns.
   *
   * ```ts
   * password.use((bytes) => verify(hash, bytes))
   * ```
   *
   * @param body runs now and to its end. When it returns a promise it would go on without the bytes, so that is refused
   * @returns what `body` returns; copies that it makes are not protected
   * @throws what `body` throws
   * @throws TypeError when `body` is no function
   * @throws ObjectDisposedError
   * @throws InvalidOperationError after `body`, when that returned a promise (or something else with a `then`);
   *   before it, when the memory was moved into another ArrayBuffer in an earlier body, or when the runtime
   *   allows no ArrayBuffer over memory that is not its own
   * @throws SystemError, OutOfMemoryError when there is no memory for the view
   */
  use<R>(body: (bytes: Buffer) => R): R {
    checkFunction('body', body)
    this.#assertReachable()
    this.dangerousAddRef()
    const ends: Disposer[] = [() => this.dangerousRelease()]
    let result: R
    try {
      const bytes = this.#enter()
      ends.push(() => this.#leave())
      result = body(bytes)
    } catch (error) {
      return disposeAll(ends, { error })
    }
    disposeAll(ends)
    if (isThenable(result)) throw refusePromise(result)
    return result
  }

  /**
   * Whether two secrets, or a secret and some bytes, are the same. How long that takes depends on the lengths, not on
   * the contents.
   *
   * @param other another secret, or bytes: a view or an ArrayBuffer
   * @throws TypeError for anything else
   * @throws ObjectDisposedError when either is disposed
   * @throws InvalidOperationError when the memory of either was moved into another ArrayBuffer
   * @throws SystemError when the system does not let us read
   */
  equals(other: SecretBuffer | ArrayBufferView | ArrayBufferLike): boolean {
    this.#assertReachable()
    if (other instanceof SecretBuffer) {
      other.#assertReachable()
      return check(native.secretsEqual(resourceId(this), resourceId(other))) === true
    }
    if (!isMemory(other)) {
      throw invalidSecret('other', 'an instance of SecretBuffer, ArrayBuffer, TypedArray or DataView', other)
    }
    const { bytes, isCopy } = plainBytesOf(other)
    try {
      return check(native.secretHolds(resourceId(this), bytes)) === true
    } finally {
      if (isCopy) bytes.fill(0)
    }
  }

  /**
   * Where the first byte is, for native code that is called inside `use()`: at any other time touching it is a fault.
   * Once disposed, the same if anybody had asked before, else 0.
   */
  override dangerousGetHandle(): bigint {
    if (this[knownAddress] === 0 && this[token] !== undefined) {
      this[knownAddress] = native.memoryAddress(resourceId(this))
    }
    return BigInt(this[knownAddress])
  }

  /** Always false: a secret that could not be opened was not constructed. */
  override get isInvalid(): boolean {
    return false
  }

  #assertReachable(): void {
    assertUsable(this)
    if (this.#view === undefined) return
    if (this.#depth === 0 || (this.#view.length === 0 && this[size] > 0)) {
      throw new InvalidOperationError(
        `The memory of this ${this.constructor.name} was moved into another ArrayBuffer inside use(), or its ArrayBuffer was marked as untransferable. It is wiped when that is collected. Dispose of this object and make a new one.`,
      )
    }
  }

  #enter(): Buffer {
    this.#view ??= openView(this)
    this.#depth++
    return this.#view
  }

  #leave(): void {
    if (--this.#depth > 0 || !this.#detach() || this[token] === undefined) return
    check(native.sealSecret(resourceId(this)))
  }

  /** False when others may still reach the memory: it stays with the view, and accessible. */
  #detach(): boolean {
    if (this.#view === undefined) return true
    if (this[size] > 0 && !abandonView(resourceId(this), this.#view.buffer as ArrayBuffer)) return false
    this.#view = undefined
    return true
  }

  /** @internal */
  override get [releaseCall](): string {
    return 'munmap'
  }

  /** @internal */
  override [releaseResource](): void {
    this.#detach()
    super[releaseResource]()
    this.#view = undefined
  }

  /** The memory keeps its contents and whatever access it has at that moment. @internal */
  override [abandonResource](): void {
    this.dangerousGetHandle()
    this.#detach()
    native.disownMemory(resourceId(this))
    this[token] = undefined
    this.#view = undefined
  }

  /** @internal */
  override [describe](): Record<string, unknown> {
    return { size: this[size] }
  }
}

function openView(secret: SecretBuffer): Buffer {
  if (secret[size] === 0) return Buffer.alloc(0)
  if (externalBuffersRefused()) {
    throw new InvalidOperationError(
      `This runtime allows no ArrayBuffer over memory that is not its own, so the bytes of a ${secret.constructor.name} cannot be shown here. SecretBuffer.from() and equals() work.`,
    )
  }
  check(native.unsealSecret(resourceId(secret)))
  const arrayBuffer = native.viewMemory(resourceId(secret))
  if (arrayBuffer !== undefined) return Buffer.from(arrayBuffer)
  check(native.sealSecret(resourceId(secret)))
  throw new OutOfMemoryError(secret[size])
}

/** @throws SystemError when that is what native code has to say */
function check<T>(result: T | SystemFailure): T {
  if (isFailure(result)) throw systemError(result)
  return result as T
}

function memoryOf(source: ArrayBufferView | ArrayBufferLike): Uint8Array {
  return ArrayBuffer.isView(source)
    ? new Uint8Array(source.buffer, source.byteOffset, source.byteLength)
    : new Uint8Array(source)
}

function refusalOf(error: SystemError, byteLength: number): Error {
  const { code, errno, syscall } = error
  if (!LOCK_CALLS.has(syscall)) return code === 'ENOMEM' ? new OutOfMemoryError(byteLength) : error
  const description = `the pages for a secret of ${byteLength} bytes cannot be kept from being swapped out. Raise the limit for locked memory (ulimit -l, RLIMIT_MEMLOCK), or dispose of secrets that are no longer needed`
  return new SystemError(code, description, { errno, syscall })
}

/** A promise that is refused is nobody's any more: its rejection, very likely over the detached view, is no news. */
function refusePromise(result: unknown): InvalidOperationError {
  if (types.isPromise(result)) Promise.prototype.then.call(result, undefined, () => {})
  return new InvalidOperationError(
    'The body given to SecretBuffer.use() returned a promise, and the bytes are protected again when it returns. Do what needs them synchronously.',
  )
}
