import { InvalidOperationError } from './errors.js'
import * as symbols from './symbols.js'
import { noteDisposal, objectDisposed } from './tracking/disposal-stacks.js'

// Symbols, not private names: see safe-handle.ts.
const disposed: unique symbol = Symbol('disposed')
const disposing: unique symbol = Symbol('disposing')
const underWay: unique symbol = Symbol('underWay')

let runDisposeCore: (object: AsyncDisposableObject) => void
let runDisposeAsyncCore: (object: AsyncDisposableObject) => Promise<void>
let doesNotOverride: (object: AsyncDisposableObject) => boolean

/**
 * A class whose objects take time to dispose of: they flush, wait for work under way, close connections.
 *
 * ```ts
 * class Journal extends AsyncDisposableObject {
 *   protected override async disposeAsyncCore() {
 *     await this.#file.sync()
 *     await this.#file.close()
 *   }
 * }
 * await using journal = new Journal()
 * ```
 *
 * A class whose objects can also be disposed of at once overrides `disposeCore`, too. With any other,
 * `dispose()` is an error that says so, instead of a leak.
 */
export abstract class AsyncDisposableObject implements AsyncDisposable, Disposable {
  /** @internal */
  declare [disposed]: boolean
  /** While a core method runs, up to its first await; members still work for it. @internal */
  declare [disposing]: boolean
  /** @internal */
  declare [underWay]: Promise<void> | undefined

  constructor() {
    this[disposed] = false
    this[disposing] = false
    this[underWay] = undefined
  }

  /** Whether disposal has begun. */
  get isDisposed(): boolean {
    return this[disposed]
  }

  /**
   * Runs `disposeAsyncCore`, once, and nothing else. Called again, it settles with the first call; after
   * `dispose()` it resolves at once.
   *
   * @returns rejects with what `disposeAsyncCore` throws; the object counts as disposed all the same
   */
  disposeAsync(): Promise<void> {
    if (this[underWay] !== undefined) return this[underWay]
    if (this[disposed]) return Promise.resolve()
    this[disposed] = true
    noteDisposal(this, AsyncDisposableObject.prototype.disposeAsync)
    this[underWay] = disposeOf(this)
    return this[underWay]
  }

  /**
   * Runs `disposeCore`, once; after either kind of disposal has begun it does nothing.
   *
   * @throws InvalidOperationError when the class does not override `disposeCore`; the object stays open
   * @throws what `disposeCore` throws
   */
  dispose(): void {
    if (this[disposed]) return
    if (doesNotOverride(this)) {
      throw new InvalidOperationError(
        `A ${this.constructor.name} can only be disposed of asynchronously. Use await using, or await disposeAsync().`,
      )
    }
    this[disposed] = true
    noteDisposal(this, AsyncDisposableObject.prototype.dispose)
    this[disposing] = true
    try {
      runDisposeCore(this)
    } finally {
      this[disposing] = false
    }
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
   * Disposes of what the object holds. Up to its first `await` all members still work; after that they
   * throw, since somebody else may call them meanwhile. In a class that extends a disposable one: clean up
   * your own first, and await `super.disposeAsyncCore()` in a `finally`.
   */
  protected abstract disposeAsyncCore(): Promise<void>

  /** The same at once, for a class that can. All members still work. */
  protected disposeCore(): void {}

  /** For the first line of members. @throws ObjectDisposedError once disposed, but not within the two above */
  protected throwIfDisposed(): void {
    if (this[disposed] && !this[disposing]) throw objectDisposed(this)
  }

  static {
    // Only here may protected members be called on any object.
    runDisposeCore = (object) => object.disposeCore()
    runDisposeAsyncCore = (object) => object.disposeAsyncCore()
    const { disposeCore } = AsyncDisposableObject.prototype
    doesNotOverride = (object) => object.disposeCore === disposeCore
  }
}

async function disposeOf(object: AsyncDisposableObject): Promise<void> {
  let pending: Promise<void>
  object[disposing] = true
  try {
    pending = runDisposeAsyncCore(object)
  } finally {
    object[disposing] = false
  }
  await pending
}
