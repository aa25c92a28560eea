import type { InspectOptions } from 'node:util'
import { awaitRelease, awaitReleased, releaseUnderWay } from './async-release.js'
import { admit, checkCollector, type HandleCollector } from './collectors/handle-collector.js'
import { InvalidOperationError } from './errors.js'
import { resumeFinalization, suppressFinalization, unwatch, watchAgain } from './finalization.js'
import { HandleLease } from './handle-lease.js'
import {
  BORROWED,
  CLOSED,
  DISPOSED,
  DISPOSING,
  isDue,
  isUsable,
  nameOf,
  REFERENCE,
  referencesIn,
  SUPPRESSED,
} from './handle-state.js'
import type { HandleToken } from './handle-token.js'
import { kindNameOf } from './kinds.js'
import { changeManaged, closedAtEnd, closeManaged, openManaged } from './managed-handle.js'
import { isOffLoop, promiseOffLoop } from './off-loop-release.js'
import { byteLengthOf } from './release-table.js'
import { releaseHandle, releaseHandleAsync, type SafeHandleClass } from './safe-handle-class.js'
import { type Failure, suppress } from './suppressed-error.js'
import * as symbols from './symbols.js'
import { noteDisposal, objectDisposed } from './tracking/disposal-stacks.js'
import { noteClosing, noteTouch } from './tracking/handle-events.js'
import { checkInteger, checkString } from './validate.js'

// Fields go by symbols, not by private names. Fields declared in a class and in one that extends it make
// construction three to five times slower (docs/decisions.md), and nothing is constructed more often than
// handles. Symbols still keep them out of the way of the names that subclasses choose.
const state: unique symbol = Symbol('state')
const raw: unique symbol = Symbol('raw')
const invalidValue: unique symbol = Symbol('invalidValue')

/** @internal */
export const token: unique symbol = Symbol('token')

// What resources of the library override.
/** A class with a collector constructs a handle: it has to be admitted, and counted from now on. @internal */
export const joinCollector: unique symbol = Symbol('joinCollector')
/** Closes the native side and releases the resource; called once, when the state became closed. @internal */
export const releaseResource: unique symbol = Symbol('releaseResource')
/** The same, asynchronously. @internal */
export const releaseResourceAsync: unique symbol = Symbol('releaseResourceAsync')
/** Closes the native side and keeps the resource, which belongs to somebody else now. @internal */
export const abandonResource: unique symbol = Symbol('abandonResource')
/** What `util.inspect` shows besides the state. @internal */
export const describe: unique symbol = Symbol('describe')

/** The functions of this file do not care what the raw value is. */
type AnyHandle = SafeHandle<any>

let runDisposeCore: (handle: AnyHandle) => void

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
  /** handle-state.ts draws it. @internal */
  declare [state]: number
  /** Stands for this object in the native table, while there is something to release. @internal */
  declare [token]: HandleToken | undefined
  /** @internal */
  declare [raw]: T
  /** @internal */
  declare [invalidValue]: T

  /**
   * @param invalidHandleValue the value that means "no handle"; also the first value of the handle
   * @param ownsHandle false: the handle is somebody else's and is never released. Default true
   * @throws InvalidOperationError when the class owns its handle and has no static `releaseHandle`
   * @throws ResourceExhaustedError when the class's `collector` enforces its maximum, and that is reached
   */
  protected constructor(invalidHandleValue: T, ownsHandle = true) {
    this[state] = ownsHandle ? 0 : BORROWED
    this[token] = undefined
    this[raw] = invalidHandleValue
    this[invalidValue] = invalidHandleValue
    if (!ownsHandle) return
    const type = new.target as unknown as SafeHandleClass
    if (typeof type.releaseHandle !== 'function') {
      throw new InvalidOperationError(
        `The class ${type.name} needs a static releaseHandle(handle), which releases its handles.`,
      )
    }
    if (type.collector !== undefined) this[joinCollector](checkCollector(type, type.collector))
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
   * @throws OutOfMemoryError when there is no memory to keep track of it, or its bytes are past the native
   *   limit; the handle is not taken over
   */
  protected setHandle(handle: T, byteLength = 0): void {
    checkInteger('byteLength', byteLength, 0, Number.MAX_SAFE_INTEGER)
    assertUsable(this)
    if (!(this[state] & BORROWED)) track(this, handle, byteLength)
    this[raw] = handle
  }

  /** Whether the raw value is one that means "no handle"; disposing does not change it. */
  get isInvalid(): boolean {
    return isInvalidValue(this, this[raw])
  }

  /** Whether the handle was released or given away. False while references keep a disposed one open. */
  get isClosed(): boolean {
    return (this[state] & CLOSED) !== 0
  }

  /** Whether `dispose()` or `disposeAsync()` was called. */
  get isDisposed(): boolean {
    return (this[state] & DISPOSED) !== 0
  }

  /** The raw value without any check: after disposal the stale one. Prefer `lease()`. */
  dangerousGetHandle(): T {
    return this[raw]
  }

  /**
   * Keeps the handle from being released until `dangerousRelease()`. Prefer `lease()`.
   *
   * @throws ObjectDisposedError once disposed or closed
   */
  dangerousAddRef(): void {
    assertUsable(this)
    this[state] += REFERENCE
  }

  /**
   * Gives a reference back. The last one releases a handle that was disposed meanwhile.
   *
   * @throws InvalidOperationError when no reference is out
   * @throws HandleReleaseError when that release fails
   */
  dangerousRelease(): void {
    if (this[state] < REFERENCE) {
      throw new InvalidOperationError(
        `This ${this.constructor.name} has no reference out. Call dangerousRelease() once for each dangerousAddRef().`,
      )
    }
    this[state] -= REFERENCE
    if (!isDue(this[state])) return
    const underWay = releaseUnderWay(this)
    if (underWay === undefined) closeNow(this)
    else underWay.proceed()
  }

  /** Gives the handle away: it counts as closed and is never released. A later `dispose()` is silent. */
  setHandleAsInvalid(): void {
    if (this[state] & CLOSED) return
    markClosed(this)
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
    try {
      return new HandleLease(this)
    } catch (error) {
      this.dangerousRelease()
      throw error
    }
  }

  /**
   * Releases the handle, once; every later call does nothing. While references are out the release waits
   * for the last of them.
   *
   * @throws HandleReleaseError when `releaseHandle` fails; the handle is closed all the same
   * @throws what `disposeCore` throws; with both, a `SuppressedError`
   */
  dispose(): void {
    if (this[state] & DISPOSED) return
    const failure = beginDisposal(this, SafeHandle.prototype.dispose)
    if (isDue(this[state])) {
      try {
        closeNow(this)
      } catch (error) {
        throw suppress(error, failure)
      }
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
   * @returns rejects with what `dispose()` would throw
   */
  disposeAsync(): Promise<void> {
    if (this[state] & DISPOSED) {
      const underWay = releaseUnderWay(this)?.promise ?? promiseOffLoop(this)
      if (underWay !== undefined) return underWay
      if (this[state] & CLOSED) return Promise.resolve()
      // dispose() came first and waits for references: so does this, for what it will do.
      return awaitRelease(this, undefined, () => closeNow(this)).promise
    }
    const failure = beginDisposal(this, SafeHandle.prototype.disposeAsync)
    if (this[state] & CLOSED) return failure === undefined ? Promise.resolve() : Promise.reject(failure.error)
    if (isDue(this[state])) return closeNowAsync(this, failure)
    return awaitRelease(this, failure, () => {
      markClosed(this)
      return this[releaseResourceAsync]()
    }).promise
  }

  /**
   * Notes that the handle is used here, for whoever looks for the place that should have disposed of it: leak
   * reports show the last few such places. Where the tracking level recorded nothing of this handle, it does nothing.
   *
   * @param hint what it is used for, in a word
   * @returns this object
   * @throws TypeError when `hint` is no string
   * @throws ObjectDisposedError once disposed or closed
   */
  touch(hint?: string): this {
    if (hint !== undefined) checkString('hint', hint)
    assertUsable(this)
    if (this[token] !== undefined) noteTouch(this[token], hint, this.touch)
    return this
  }

  /** For `using`: calls `dispose()`. */
  [symbols.dispose](): void {
    this.dispose()
  }

  /** For `await using`: calls `disposeAsync()`. */
  [symbols.asyncDispose](): Promise<void> {
    return this.disposeAsync()
  }

  /**
   * For derived classes: runs once, when the program disposes, before the handle is released; never from
   * a finalizer. The handle and all members still work. Call `super.disposeCore()` in a `finally`; the
   * release of the raw handle does not depend on it. Does nothing by default.
   */
  protected disposeCore(): void {}

  /** @internal */
  [joinCollector](collector: HandleCollector): void {
    collector[admit]()
    this[token] = openManaged(this, classOf(this), undefined, releaseNothing, 0, collector)
  }

  /** @internal */
  [releaseResource](): void {
    if (untrack(this)) releaseHandle(this[raw], classOf(this))
  }

  /** @internal */
  [releaseResourceAsync](): Promise<void> | void {
    if (untrack(this)) return releaseHandleAsync(this[raw], classOf(this))
  }

  /** @internal */
  [abandonResource](): void {
    untrack(this)
  }

  /** @internal */
  [describe](): Record<string, unknown> {
    const size = this[token] === undefined ? 0 : byteLengthOf(this[token].slot)
    return size > 0 ? { size } : {}
  }

  /** @internal */
  [suppressFinalization](): void {
    this[state] |= SUPPRESSED
    if (this[token] !== undefined) unwatch(this[token])
  }

  /** @internal */
  [resumeFinalization](): void {
    if (this[state] & CLOSED) throw objectDisposed(this)
    this[state] &= ~SUPPRESSED
    if (this[token] !== undefined) watchAgain(this[token])
  }

  /** @internal */
  [closedAtEnd](): void {
    this[state] |= CLOSED | DISPOSED
    this[token] = undefined
  }

  /** @internal */
  [symbols.inspect](depth: number, options: InspectOptions, inspect: typeof import('node:util').inspect): string {
    const kind = kindNameOf(this.constructor)
    const name = kind === this.constructor.name ? kind : `${this.constructor.name} [${kind}]`
    if (depth < 0) return `[${name}]`
    return `${name} ${inspect({ ...this[describe](), state: nameOf(this[state]) }, options)}`
  }

  static {
    // Only here may protected members be called on any handle.
    runDisposeCore = (handle) => handle.disposeCore()
  }
}

function classOf(handle: AnyHandle): SafeHandleClass {
  return handle.constructor as unknown as SafeHandleClass
}

/** For members: throws once disposed or closed. @internal */
export function assertUsable(handle: AnyHandle): void {
  if (!isUsable(handle[state])) throw objectDisposed(handle)
}

/** The resource went to another thread. Runs `disposeCore`, as every disposal does. @internal */
export function closeTransferred(handle: AnyHandle): void {
  handle[closedAtEnd]()
  noteDisposal(handle, closeTransferred)
  runDisposeCore(handle)
}

/** @internal */
export function referencesOut(handle: AnyHandle): number {
  return referencesIn(handle[state])
}

function isInvalidValue(handle: AnyHandle, value: unknown): boolean {
  const type = classOf(handle)
  if (type.isInvalidHandle !== undefined) return Boolean(type.isInvalidHandle(value))
  return Object.is(value, handle[invalidValue])
}

/** For a handle that is counted before it has a value. */
function releaseNothing(): void {}

/** Enters the handle in the native table, which from now on watches the object. */
function track(handle: AnyHandle, value: unknown, byteLength: number): void {
  if (isInvalidValue(handle, value)) {
    if (handle[token] !== undefined) noteClosing(handle[token])
    untrack(handle)
    return
  }
  const type = classOf(handle)
  if (handle[token] !== undefined) {
    changeManaged(handle[token], type, value, byteLength)
    return
  }
  type.collector?.[admit]()
  handle[token] = openManaged(handle, type, value, undefined, byteLength, type.collector)
  if (handle[state] & SUPPRESSED) unwatch(handle[token])
}

/** Takes it out again, without a release. False when it was not there, or the end of the thread was faster. */
function untrack(handle: AnyHandle): boolean {
  const open = handle[token]
  if (open === undefined) return false
  handle[token] = undefined
  return closeManaged(open)
}

/** Sets D and runs `disposeCore`. What that threw is returned. */
function beginDisposal(handle: AnyHandle, method: () => unknown): Failure | undefined {
  handle[state] |= DISPOSED | DISPOSING
  noteDisposal(handle, method)
  try {
    runDisposeCore(handle)
  } catch (error) {
    return { error }
  } finally {
    handle[state] &= ~DISPOSING
  }
  return undefined
}

function markClosed(handle: AnyHandle): void {
  handle[state] |= CLOSED
  if (handle[token] !== undefined) noteClosing(handle[token])
}

function closeNow(handle: AnyHandle): void {
  markClosed(handle)
  handle[releaseResource]()
}

function closeNowAsync(handle: AnyHandle, failure: Failure | undefined): Promise<void> {
  markClosed(handle)
  try {
    const released = handle[releaseResourceAsync]()
    return failure === undefined && isOffLoop(released) ? released : awaitReleased(handle, failure, released)
  } catch (error) {
    return Promise.reject(suppress(error, failure))
  }
}
