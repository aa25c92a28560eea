import { InvalidOperationError } from './errors.js'
import { suppress } from './suppressed-error.js'
import * as symbols from './symbols.js'
import { noteDisposal, objectDisposed } from './tracking/disposal-stacks.js'

// The state of a disposable object:
//
//   open ──dispose()──► disposed, disposing ──disposeCore() ends──► disposed ──resurrect()──► open
export const OPEN = 0
export const DISPOSED = 1
const DISPOSING = 2

// Symbols, not private names: see safe-handle.ts.
/** @internal */
export const lifecycle: unique symbol = Symbol('lifecycle')
/** What the library itself has to do after `disposeCore`, whatever that threw. @internal */
export const afterDisposeCore: unique symbol = Symbol('afterDisposeCore')
/** What it has to do when the object is in use again. @internal */
export const afterResurrect: unique symbol = Symbol('afterResurrect')

let runDisposeCore: (object: DisposableObject) => void

/**
 * A class whose objects have something to dispose of: other disposable objects, subscriptions, timers.
 * For something that has to be released also when nobody disposes, extend `FinalizableObject`.
 *
 * ```ts
 * class Session extends DisposableObject {
 *   #socket = connect()
 *   send(text: string) {
 *     this.throwIfDisposed()
 *     this.#socket.write(text)
 *   }
 *   protected override disposeCore() { this.#socket.destroy() }
 * }
 * using session = new Session()
 * ```
 */
export abstract class DisposableObject implements Disposable {
  /** @internal */
  declare [lifecycle]: number

  constructor() {
    this[lifecycle] = OPEN
  }

  /** Whether `dispose()` was called, and `resurrect()` not after it. */
  get isDisposed(): boolean {
    return this[lifecycle] !== OPEN
  }

  /**
   * Runs `disposeCore`, once; every later call does nothing, also one from within it. The object counts as
   * disposed whatever that throws.
   *
   * @throws what `disposeCore` throws
   */
  dispose(): void {
    if (this[lifecycle] !== OPEN) return
    this[lifecycle] = DISPOSED | DISPOSING
    noteDisposal(this, DisposableObject.prototype.dispose)
    try {
      runDisposeCore(this)
    } catch (error) {
      this[lifecycle] = DISPOSED
      throw afterFailure(this, error)
    }
    this[lifecycle] = DISPOSED
    this[afterDisposeCore]()
  }

  /** For `using`: calls `dispose()`. */
  [symbols.dispose](): void {
    this.dispose()
  }

  /**
   * Disposes of what the object holds. All members still work. In a class that extends a disposable one:
   * clean up your own first, and call `super.disposeCore()` in a `finally`.
   */
  protected abstract disposeCore(): void

  /** For the first line of members. @throws ObjectDisposedError once disposed, but not within `disposeCore` */
  protected throwIfDisposed(): void {
    if (this[lifecycle] === DISPOSED) throw objectDisposed(this)
  }

  /**
   * Takes the object into use again after it was disposed, for a class that can acquire its resource
   * anew; to be called once it has. Does nothing for an object that is not disposed.
   *
   * @throws InvalidOperationError within `disposeCore`
   */
  protected resurrect(): void {
    if (this[lifecycle] === OPEN) return
    if (this[lifecycle] & DISPOSING) {
      throw new InvalidOperationError(
        `This ${this.constructor.name} is just being disposed. Call resurrect() when dispose() is done.`,
      )
    }
    this[afterResurrect]()
    this[lifecycle] = OPEN
  }

  /** @internal */
  [afterDisposeCore](): void {}

  /** @internal */
  [afterResurrect](): void {}

  static {
    // Only here may protected members be called on any object.
    runDisposeCore = (object) => object.disposeCore()
  }
}

/** Goes on after `disposeCore` threw. Returns what `dispose()` has to throw. */
function afterFailure(object: DisposableObject, error: unknown): unknown {
  try {
    object[afterDisposeCore]()
  } catch (later) {
    return suppress(later, { error })
  }
  return error
}
