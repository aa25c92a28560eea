import { type Disposer, disposeAll, disposerOf } from './disposal.js'
import { defineHidden, keepPrototype } from './ponyfill.js'
import * as symbols from './symbols.js'
import { checkFunction } from './validate.js'

// The private field is the brand: members refuse any other object with a TypeError before they look at
// their arguments.
const Ponyfill = class DisposableStack implements globalThis.DisposableStack {
  declare readonly [Symbol.toStringTag]: string
  declare [Symbol.dispose]: () => void
  /** Nothing once the stack is disposed or moved. */
  #disposers: Disposer[] | undefined = []

  constructor() {
    keepPrototype(this, new.target, DisposableStack.prototype)
  }

  get disposed(): boolean {
    return this.#disposers === undefined
  }

  use<T extends Disposable | null | undefined>(value: T): T {
    const disposers = this.#pending()
    if (value !== null && value !== undefined) disposers.push(disposerOf('value', value))
    return value
  }

  adopt<T>(value: T, onDispose: (value: T) => void): T {
    const disposers = this.#pending()
    checkFunction('onDispose', onDispose)
    disposers.push(() => onDispose(value))
    return value
  }

  defer(onDispose: () => void): void {
    const disposers = this.#pending()
    checkFunction('onDispose', onDispose)
    disposers.push(() => onDispose())
  }

  move(): DisposableStack {
    const disposers = this.#pending()
    const moved = new DisposableStack()
    moved.#disposers = disposers
    this.#disposers = undefined
    return moved
  }

  dispose(): void {
    const disposers = this.#disposers
    // First, since a disposer may come back here.
    this.#disposers = undefined
    if (disposers !== undefined) disposeAll(disposers)
  }

  #pending(): Disposer[] {
    if (this.#disposers === undefined) throw new ReferenceError('Cannot use this DisposableStack: it was disposed.')
    return this.#disposers
  }
}
defineHidden(Ponyfill.prototype, symbols.dispose, Ponyfill.prototype.dispose)
defineHidden(Ponyfill.prototype, Symbol.toStringTag, 'DisposableStack', false)

/**
 * Holds resources and disposes of all of them at once, the last one first. The platform's class where it
 * has one.
 */
export const DisposableStack: DisposableStackConstructor = globalThis.DisposableStack ?? Ponyfill
export type DisposableStack = globalThis.DisposableStack
