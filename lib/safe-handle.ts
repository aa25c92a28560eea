import type { InspectOptions } from 'node:util'
import { type HandleId, native } from './binding.js'
import { HandleReleaseError, InvalidOperationError, ObjectDisposedError, OutOfMemoryError, suppress } from './errors.js'
import { HandleLease } from './handle-lease.js'
import { kindNameOf, kindOf } from './kinds.js'
import { attend, watchCollections } from './reclamation.js'
import { byteLengthOf, forget, release, remember } from './release-table.js'
import { releaseAtExit } from './shutdown.js'
import * as symbols from './symbols.js'
import { checkInteger } from './validate.js'

// The state of a handle is one number:
//
//   |  references out  |  B  |  X  |  D  |  C  |
//
//   C  closed: the handle was released, or is being released, or belongs to somebody else now
//   D  disposed: dispose() was called
//   X  disposing: disposeCore() is running; members still work for it
//   B  borrowed: not owned, never released
//
//            lease / dangerousAddRef
//               ┌─────────┐
//               ▼         │
//             open ───────┘──dispose()──► D, references out ──last one back──► D + C
//               │                                                               ▲
//               ├── dispose(), no references out ───────────────────────────────┘
//               └── setHandleAsInvalid() ──► C, never released
//
// Invariants: no reference is taken once D or C is set, but by disposeCore; a handle is released once C
// is set and at no other time; C is never taken back. So a raw value that was released is never handed
// out again as if it were open.
const CLOSED = 1
const DISPOSED = 2
const DISPOSING = 4
const BORROWED = 8
const REFERENCE = 16

const NONE = 0 as HandleId

/** Closes the native side and releases the resource; called once, when C was just set. @internal */
export const releaseResource: unique symbol = Symbol('releaseResource')
/** Closes the native side and keeps the resource, which belongs to somebody else now. @internal */
export const abandonResource: unique symbol = Symbol('abandonResource')
/** For members of derived classes: throws once disposed or closed. @internal */
export const assertUsable: unique symbol = Symbol('assertUsable')
/** How many references are out. @internal */
export const referencesOut: unique symbol = Symbol('referencesOut')
/** What `util.inspect` shows besides the state. @internal */
export const describe: unique symbol = Symbol('describe')

let closeForShutdown: (owner: object) => void

/** What a class of handles offers besides its constructor. */
export interface SafeHandleClass {
  readonly name: string
  readonly kind?: string
  releaseHandle(handle: any): boolean | void
  isInvalidHandle?(handle: any): boolean
  releaseHandleAsync?(handle: any): Promise<boolean | void>
}

/** What awaits the release of a handle that was disposed asynchronously. */
interface Disposal {
  readonly promise: Promise<void>
  /** Settles the promise: with the outcome of the release, and `error`, which came before it. */
  finish(): void
}

const disposals = new WeakMap<object, Disposal>()

/**
 * Owns one raw handle of a native library, a number, a pointer, anything, and releases it exactly once:
 * at `dispose()`, or when the object was collected without one, or when its thread ends.
 *
 * A subclass provides a static `releaseHandle(handle)` and calls `setHandle` when it has the raw value.
 * `releaseHandle` is static because the object may be gone when it runs.
 *
 * ```ts
 * class Db extends SafeHandle<bigint> {
 *   static releaseHandle(db: bigint) { return sqlite3_close_v2(db) === 0 }
 *   constructor(path: string) {
 *     super(0n)
 *     this.setHandle(sqlite3_open(path))
 *   }
 * }
 * using db = new Db('app.db')
 * ```
 *
 * The object belongs to the thread that made it.
 */
export abstract class SafeHandle<T> implements Disposable, AsyncDisposable {
  #state = 0
  #id: HandleId = NONE
  #handle: T
  readonly #invalidHandleValue: T

  /**
   * @param invalidHandleValue the value that means "no handle"; also the first value of the handle
   * @param ownsHandle false: the handle is somebody else's and is never released. Default true
   * @throws InvalidOperationError when the class has no static `releaseHandle` although it owns its handle
   */
  protected constructor(invalidHandleValue: T, ownsHandle = true) {
    this.#handle = invalidHandleValue
    this.#invalidHandleValue = invalidHandleValue
    if (!ownsHandle) this.#state = BORROWED
    else if (typeof (new.target as unknown as SafeHandleClass).releaseHandle !== 'function') {
      throw new InvalidOperationError(
        `The class ${new.target.name} needs a static releaseHandle(handle), which releases its handles.`,
      )
    }
  }

  /**
   * Stores the raw handle; from now on this object owns it. To be called as soon as the value is known:
   * when the constructor throws later, the finalizer still releases it.
   *
   * @param handle the raw value; the invalid one leaves the object without a handle
   * @param byteLength native bytes behind it, an integer ≥ 0, for counting and for pressure on the
   *   collector. Default 0
   * @throws TypeError, RangeError for a bad `byteLength`; the handle is not taken over then
   * @throws ObjectDisposedError when this object is already disposed; the handle is not taken over
   * @throws OutOfMemoryError when there is no memory to keep track of it; the handle is not taken over
   */
  protected setHandle(handle: T, byteLength = 0): void {
    checkInteger('byteLength', byteLength, 0, Number.MAX_SAFE_INTEGER)
    this.#assertUsable()
    if (!(this.#state & BORROWED)) this.#track(handle, byteLength)
    this.#handle = handle
  }

  #track(handle: T, byteLength: number): void {
    const type = this.constructor as unknown as SafeHandleClass
    if (isInvalid(type, handle, this.#invalidHandleValue)) {
      this.#untrack()
      return
    }
    if (this.#id === NONE) {
      const id = native.openHandle(this, kindOf(type), byteLength)
      if (id === NONE) throw new OutOfMemoryError(byteLength)
      this.#id = id
      watchCollections()
      releaseAtExit(closeForShutdown)
    } else {
      native.resizeHandle(this.#id, byteLength)
    }
    remember(this.#id, type, handle, byteLength)
    attend()
  }

  /** Closes the native side without a release. False when there was nothing open. */
  #untrack(): boolean {
    const id = this.#id
    if (id === NONE) return false
    this.#id = NONE
    // Already closed: the end of the thread was faster, and has released the handle.
    if (native.closeHandle(id) === false) return false
    forget(id)
    return true
  }

  /** Whether the raw value is one that means "no handle"; disposing does not change it. */
  get isInvalid(): boolean {
    return isInvalid(this.constructor as unknown as SafeHandleClass, this.#handle, this.#invalidHandleValue)
  }

  /** Whether the handle was released or given away. False while references keep a disposed one open. */
  get isClosed(): boolean {
    return (this.#state & CLOSED) !== 0
  }

  /** Whether `dispose()` or `disposeAsync()` was called. */
  get isDisposed(): boolean {
    return (this.#state & DISPOSED) !== 0
  }

  /** The raw value without any check: after disposal the stale one. Prefer `lease()`. */
  dangerousGetHandle(): T {
    return this.#handle
  }

  /**
   * Keeps the handle from being released until `dangerousRelease()`. Prefer `lease()`.
   *
   * @throws ObjectDisposedError once disposed or closed
   */
  dangerousAddRef(): void {
    this.#assertUsable()
    this.#state += REFERENCE
  }

  /**
   * Gives a reference back. The last one releases a handle that was disposed meanwhile.
   *
   * @throws InvalidOperationError when no reference is out
   * @throws HandleReleaseError when that release fails
   */
  dangerousRelease(): void {
    if (this.#state < REFERENCE) {
      throw new InvalidOperationError(
        `This ${this.constructor.name} has no reference out. Call dangerousRelease() once for each dangerousAddRef().`,
      )
    }
    this.#state -= REFERENCE
    if (!this.#isDue()) return
    const disposal = disposals.get(this)
    if (disposal === undefined) this.#close()
    else disposal.finish()
  }

  /** Gives the handle away: it counts as closed and is never released. A later `dispose()` is silent. */
  setHandleAsInvalid(): void {
    if (this.#state & CLOSED) return
    this.#state |= CLOSED
    this[abandonResource]()
  }

  /**
   * Takes a reference that is given back by disposing of the lease, as often as you like. While it is
   * out the raw value stays valid, also if somebody disposes of this object.
   *
   * ```ts
   * using lease = db.lease()
   * sqlite3_exec(lease.value, sql)
   * ```
   * @throws ObjectDisposedError once disposed or closed
   */
  lease(): HandleLease<T> {
    this.dangerousAddRef()
    return new HandleLease(this)
  }

  /**
   * Releases the handle, once; every later call does nothing. While references are out the release waits
   * for the last of them.
   *
   * @throws HandleReleaseError when `releaseHandle` fails; the handle is closed all the same
   */
  dispose(): void {
    if (this.#state & DISPOSED) return
    const failure = this.#beginDisposal()
    if (!this.#isDue()) {
      if (failure !== undefined) throw failure.error
      return
    }
    try {
      this.#close()
    } catch (error) {
      throw failure === undefined ? error : suppress(error, failure.error)
    }
    if (failure !== undefined) throw failure.error
  }

  /** Only calls `dispose()`. */
  close(): void {
    this.dispose()
  }

  /**
   * Like `dispose()`, but resolves when the release is done: after the last reference is back, and with
   * the class's `releaseHandleAsync` if it has one. Called again while that is under way, it settles with
   * the first call.
   *
   * @returns rejects with what `disposeCore` threw and with `HandleReleaseError`
   */
  disposeAsync(): Promise<void> {
    const underWay = disposals.get(this)
    if (underWay !== undefined) return underWay.promise
    if (this.#state & DISPOSED) {
      if (this.#state & CLOSED) return Promise.resolve()
      return this.#awaitRelease(undefined, /* asynchronously: */ false).promise
    }
    const failure = this.#beginDisposal()
    const disposal = this.#awaitRelease(failure, /* asynchronously: */ true)
    if (this.#isDue() || this.#state & CLOSED) {
      // The caller has the promise; it does not want the same error thrown as well.
      try {
        disposal.finish()
      } catch {}
    }
    return disposal.promise
  }

  [symbols.dispose](): void {
    this.dispose()
  }

  [symbols.asyncDispose](): Promise<void> {
    return this.disposeAsync()
  }

  /**
   * For derived classes: runs once, when the program disposes, before the handle is released; never from
   * a finalizer. The handle and all members still work. Call `super.disposeCore()` in a `finally`; the
   * release of the raw handle does not depend on it. Does nothing by default.
   */
  protected disposeCore(): void {}

  /** Whether the last thing that kept the handle open is gone. */
  #isDue(): boolean {
    return (this.#state & (CLOSED | DISPOSED | DISPOSING)) === DISPOSED && this.#state < REFERENCE
  }

  /** Sets D and runs `disposeCore`. What that threw is returned. */
  #beginDisposal(): { error: unknown } | undefined {
    this.#state |= DISPOSED | DISPOSING
    try {
      this.disposeCore()
    } catch (error) {
      return { error }
    } finally {
      this.#state &= ~DISPOSING
    }
    return undefined
  }

  #close(): void {
    this.#state |= CLOSED
    this[releaseResource]()
  }

  #awaitRelease(failure: { error: unknown } | undefined, asynchronously: boolean): Disposal {
    let resolve!: () => void
    let reject!: (error: unknown) => void
    const promise = new Promise<void>((onResolve, onReject) => {
      resolve = onResolve
      reject = onReject
    })
    const settle = (later?: { error: unknown }) => {
      disposals.delete(this)
      if (failure !== undefined && later !== undefined) reject(suppress(later.error, failure.error))
      else if (failure !== undefined || later !== undefined) reject((later ?? failure)?.error)
      else resolve()
    }
    const { releaseHandleAsync } = this.constructor as unknown as SafeHandleClass
    const finish = () => {
      if (this.#state & CLOSED) return settle()
      if (asynchronously && releaseHandleAsync !== undefined) {
        this.#closeAsync(releaseHandleAsync).then(
          () => settle(),
          (error: unknown) => settle({ error }),
        )
        return
      }
      try {
        this.#close()
      } catch (error) {
        settle({ error })
        throw error
      }
      settle()
    }
    const disposal = { promise, finish }
    disposals.set(this, disposal)
    return disposal
  }

  async #closeAsync(releaseHandleAsync: NonNullable<SafeHandleClass['releaseHandleAsync']>): Promise<void> {
    this.#state |= CLOSED
    if (!this.#untrack()) return
    const type = this.constructor as unknown as SafeHandleClass
    let result: boolean | void
    try {
      result = await releaseHandleAsync.call(type, this.#handle)
    } catch (cause) {
      throw new HandleReleaseError(kindNameOf(this.constructor), { cause })
    }
    if (result === false) throw new HandleReleaseError(kindNameOf(this.constructor))
  }

  /** @internal */
  [releaseResource](): void {
    if (this.#untrack()) release(this.constructor as unknown as SafeHandleClass, this.#handle)
  }

  /** @internal */
  [abandonResource](): void {
    this.#untrack()
  }

  /** @internal */
  [assertUsable](): void {
    this.#assertUsable()
  }

  #assertUsable(): void {
    const state = this.#state
    if ((state & (CLOSED | DISPOSED)) === 0) return
    if ((state & (CLOSED | DISPOSING)) === DISPOSING) return
    throw new ObjectDisposedError(this.constructor.name)
  }

  /** @internal */
  get [referencesOut](): number {
    return Math.floor(this.#state / REFERENCE)
  }

  /** @internal */
  [describe](): Record<string, unknown> {
    const byteLength = this.#id === NONE ? 0 : byteLengthOf(this.#id)
    return byteLength > 0 ? { size: byteLength } : {}
  }

  /** @internal */
  [symbols.inspect](
    depth: number,
    options: InspectOptions,
    inspect: (value: unknown, options: InspectOptions) => string,
  ): string {
    const kind = kindNameOf(this.constructor)
    const name = kind === this.constructor.name ? kind : `${this.constructor.name} [${kind}]`
    if (depth < 0) return `[${name}]`
    return `${name} ${inspect({ ...this[describe](), state: this.#stateName() }, options)}`
  }

  #stateName(): string {
    const state = this.#state
    const references = this[referencesOut]
    const out = references === 0 ? '' : `, ${references} reference${references === 1 ? '' : 's'} out`
    if (state & DISPOSED) return `disposed${out}`
    return (state & CLOSED ? 'closed' : 'open') + out
  }

  static {
    closeForShutdown = (owner) => {
      const handle = owner as SafeHandle<unknown>
      handle.#state |= CLOSED | DISPOSED
      handle.#id = NONE
    }
  }
}

function isInvalid(type: SafeHandleClass, handle: unknown, invalidHandleValue: unknown): boolean {
  if (type.isInvalidHandle !== undefined) return Boolean(type.isInvalidHandle(handle))
  return Object.is(handle, invalidHandleValue)
}
