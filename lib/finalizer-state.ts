import { types } from 'node:util'
import { InvalidOperationError } from './errors.js'
import type { HandleToken } from './handle-token.js'
import { WeakOwner } from './weak-owner.js'

// A finalizer's state that refers to the object it belongs to keeps that alive for ever: it is in the
// release table, and so the object is never found dead. The type of the constructor cannot rule it out,
// and no code can see what a closure holds; what can be seen is looked at here.

/** How far to look: into the state and into what it holds itself, and at so many values in all. */
const DEPTH = 2
const MAX_VALUES = 1000

/** Whether `state` refers to the object, as far as its properties and elements show. */
function refersTo(state: unknown, object: object): boolean {
  let left = MAX_VALUES
  let level: unknown[] = [state]
  for (let depth = 0; depth <= DEPTH; depth++) {
    if (level.includes(object)) return true
    const next: unknown[] = []
    for (const value of level) {
      for (const held of heldBy(value)) {
        if (left-- === 0) return next.includes(object)
        next.push(held)
      }
    }
    level = next
  }
  return false
}

/** Runs no code of the program: no getter, no iterator, no trap of a proxy. */
function* heldBy(value: unknown): Iterable<unknown> {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value) || types.isProxy(value)) return
  if (types.isMap(value)) for (const entry of Map.prototype.entries.call(value)) yield* entry
  if (types.isSet(value)) yield* Set.prototype.values.call(value)
  // The keys of an array are as many strings as it has elements.
  if (Array.isArray(value)) for (let index = 0; index < value.length; index++) yield plainValue(value, index)
  else for (const key of Reflect.ownKeys(value)) yield plainValue(value, key)
}

function plainValue(object: object, key: PropertyKey): unknown {
  return Reflect.getOwnPropertyDescriptor(object, key)?.value
}

function explain(object: object): string {
  const name = object.constructor.name
  return `The finalizer state of this ${name} refers to the ${name} itself, which is therefore never collected, and never finalized. Give the finalizer only what it has to release.`
}

/** @throws InvalidOperationError when the state refers to the object */
export function assertDetached(object: object, state: unknown): void {
  if (refersTo(state, object)) throw new InvalidOperationError(explain(object))
}

let lastClass: unknown
const checked = new WeakSet<object>()

/**
 * Looks at the first object of each class when its constructors are done: before, nothing can refer to it.
 * There is no caller by then, so a mistake becomes a process warning.
 */
export function checkFirstOf<T extends object>(
  type: object,
  token: HandleToken,
  stateOf: (object: T) => unknown,
): void {
  if (type === lastClass) return
  lastClass = type
  if (checked.has(type)) return
  checked.add(type)
  // The check must not be what keeps the object alive, or its state. One that is gone by then was not kept by
  // its state.
  const owner = new WeakOwner<T>(token)
  queueMicrotask(() => {
    const object = owner.find()
    if (object === undefined || !refersTo(stateOf(object), object)) return
    process.emitWarning(explain(object), { type: 'FinalizerStateWarning', code: 'HOLDFAST_FINALIZER_STATE' })
  })
}
