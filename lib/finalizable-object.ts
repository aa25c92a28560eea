import { admit, checkCollector } from './collectors/handle-collector.js'
import { afterDisposeCore, afterResurrect, DISPOSED, DisposableObject, lifecycle } from './disposable-object.js'
import { resumeFinalization, suppressFinalization, unwatch, watchAgain } from './finalization.js'
import { assertDetached, checkFirstOf } from './finalizer-state.js'
import type { HandleToken } from './handle-token.js'
import { closedAtEnd, closeManaged, openManaged } from './managed-handle.js'
import type { SafeHandleClass } from './safe-handle-class.js'
import { objectDisposed } from './tracking/disposal-stacks.js'
import { noteClosing } from './tracking/handle-events.js'
import { checkFunction } from './validate.js'

// Symbols, not private names: see safe-handle.ts.
/** @internal */
export const finalizerState: unique symbol = Symbol('finalizerState')
const finalizer: unique symbol = Symbol('finalizer')
/** @internal */
export const token: unique symbol = Symbol('token')

/**
 * A class whose objects have something to dispose of that must be released also when nobody disposes: when
 * the object was collected, or when its thread ends. For a raw handle of a native library extend
 * `SafeHandle`, which counts references too.
 *
 * What is released is a state apart from the object, since that is gone when the finalizer runs on its own:
 *
 * ```ts
 * class TempFile extends FinalizableObject<{ path: string }> {
 *   constructor(path: string) {
 *     super({ path }, ({ path }) => rmSync(path, { force: true }))
 *   }
 * }
 * ```
 *
 * The state must not refer to the object, nor must the finalizer's closure: no object is collected that its
 * own finalizer can reach. Objects are counted by `liveHandles`, under the name of their class or its
 * static `kind`; a static `collector` counts them, too.
 */
export abstract class FinalizableObject<S> extends DisposableObject {
  /** @internal */
  declare [finalizerState]: S
  /** @internal */
  declare [finalizer]: (state: S) => void
  /** undefined when there is nothing to release any more. @internal */
  declare [token]: HandleToken | undefined

  /**
   * @param state what the finalizer needs
   * @param finalize releases it. Called once: by `dispose()` after `disposeCore`, or for an object that
   *   was collected, where an exception becomes a process warning with code `HOLDFAST_RELEASE`; in that
   *   case it runs in the middle of other code, whenever another handle is opened after a collection
   * @throws TypeError when `finalize` is no function
   * @throws ResourceExhaustedError when the class's `collector` enforces its maximum, and that is reached
   * @throws OutOfMemoryError when there is no memory to keep track of the object
   */
  protected constructor(state: S, finalize: (state: S) => void) {
    super()
    checkFunction('finalizer', finalize)
    this[finalizerState] = state
    this[finalizer] = finalize
    this[token] = register(this)
    checkFirstOf(new.target, this[token], stateOf)
  }

  /** Disposes of what else the object holds. Does nothing by default. */
  protected override disposeCore(): void {}

  /** @internal */
  override [afterDisposeCore](): void {
    if (!unregister(this)) return
    // Not as a method: it is never given the object.
    const finalize = this[finalizer]
    finalize(this[finalizerState])
  }

  /** @internal */
  override [afterResurrect](): void {
    assertDetached(this, this[finalizerState])
    this[token] = register(this)
  }

  /** @internal */
  [suppressFinalization](): void {
    if (this[token] !== undefined) unwatch(this[token])
  }

  /** @internal */
  [resumeFinalization](): void {
    if (this[token] === undefined) throw objectDisposed(this)
    assertDetached(this, this[finalizerState])
    watchAgain(this[token])
  }

  /** @internal */
  [closedAtEnd](): void {
    this[lifecycle] = DISPOSED
    this[token] = undefined
  }
}

function stateOf(object: FinalizableObject<any>): unknown {
  return object[finalizerState]
}

function register(object: FinalizableObject<any>): HandleToken {
  const type = object.constructor as unknown as SafeHandleClass
  const { collector } = type
  if (collector !== undefined) checkCollector(type, collector)[admit]()
  return openManaged(object, type, object[finalizerState], object[finalizer], 0, collector)
}

/** False when the end of the thread has run the finalizer. */
function unregister(object: FinalizableObject<any>): boolean {
  const open = object[token] as HandleToken
  noteClosing(open)
  object[token] = undefined
  return closeManaged(open)
}
