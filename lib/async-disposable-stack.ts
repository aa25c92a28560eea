import { asyncDisposerOf, type Disposer, disposeAllAsync } from './disposal.js'
import { defineHidden, keepPrototype } from './ponyfill.js'
import * as symbols from './symbols.js'
import { checkFunction } from './validate.js'

// The twin of the class in disposable-stack.ts.
const Ponyfill = class AsyncDisposableStack implements globalThis.AsyncDisposableStack {
  declare readonly [Symbol.toStringTag]: string
  declare [Symbol.asyncDispose]: () => Promise<void>
  /** `undefined` stands for a null that was used. Nothing once the stack is disposed or moved. */
  #disposers: (Disposer | undefined)[] | undefined = []

  constructor() {
    keepPrototype(this, new.target, AsyncDisposableStack.prototype)
  }

  get disposed(): boolean {
    return this.#disposers === undefined
  }

  use<T extends AsyncDisposable | Disposable | null | undefined>(value: T): T {
    const disposers = this.#pending()
    disposers.push(value === null || value === undefined ? undefined : asyncDisposerOf('value', value))
    return value
  }

  adopt<T>(value: T, onDisposeAsync: (value: T) => PromiseLike<void> | void): T {
    const disposers = this.#pending()
    checkFunction('onDisposeAsync', onDisposeAsync)
    disposers.push(() => onDisposeAsync(value))
    return value
  }

  defer(onDisposeAsync: () => PromiseLike<void> | void): void {
    const disposers = this.#pending()
    checkFunction('onDisposeAsync', onDisposeAsync)
    disposers.push(() => onDisposeAsync())
  }

  move(): AsyncDisposableStack {
    const disposers = this.#pending()
    const moved = new AsyncDisposableStack()
    moved.#disposers = disposers
    this.#disposers = undefined
    return moved
  }

  // Not an async function: one more promise in between would take turns that the platform does not take.
  disposeAsync(): Promise<void> {
    try {
      const disposers = this.#disposers
      // First, since a disposer may come back here.
      this.#disposers = undefined
      return disposeAllAsync(disposers ?? [])
    } catch (error) {
      return Promise.reject(error)
    }
  }

  #pending(): (Disposer | undefined)[] {
    if (this.#disposers === undefined) {
      throw new ReferenceError('Cannot use this AsyncDisposableStack: it was disposed.')
    }
    return this.#disposers
  }
}
defineHidden(Ponyfill.prototype, symbols.asyncDispose, Ponyfill.prototype.disposeAsync)
defineHidden(Ponyfill.prototype, Symbol.toStringTag, 'AsyncDisposableStack', false)

/**
 * Holds resources and disposes of all of them, one after the other, the last one first. Resources without
 * `Symbol.asyncDispose` are disposed of synchronously. The platform's class where it has one.
 */
export const AsyncDisposableStack: AsyncDisposableStackConstructor = globalThis.AsyncDisposableStack ?? Ponyfill
export type AsyncDisposableStack = globalThis.AsyncDisposableStack
