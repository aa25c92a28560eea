import { InvalidOperationError } from './errors.js'

// A finalizer's state that refers to the object it belongs to keeps that alive for ever: it is in the
// release table, and so the object is never found dead. The type of the constructor cannot rule it out,
// and no code can see what a closure holds; what can be seen is looked at here.

/** How far to look: into the state and into what it holds itself. */
const DEPTH = 2
const MAX_VALUES = 1000

/** Whether `state` refers to the object, as far as its properties and elements show. */
function refersTo(state: unknown, object: object): boolean {
  let level: unknown[] = [state]
  let looked = 0
  for (let depth = 0; depth <= DEPTH; depth++) {
    if (level.includes(object)) return true
    looked += level.length
    if (looked > MAX_VALUES) return false
    level = level.flatMap(heldBy)
  }
  return false
}

function heldBy(value: unknown): unknown[] {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return []
  const held = value instanceof Map || value instanceof Set ? [...value].flat() : []
  for (const key of Reflect.ownKeys(value).slice(0, MAX_VALUES)) {
    // Not through getters: they may do anything.
    held.push(Reflect.getOwnPropertyDescriptor(value, key)?.value)
  }
  return held
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
export function checkFirstOf(type: object, object: object, state: unknown): void {
  if (type === lastClass) return
  lastClass = type
  if (checked.has(type)) return
  checked.add(type)
  queueMicrotask(() => {
    if (!refersTo(state, object)) return
    process.emitWarning(explain(object), { type: 'FinalizerStateWarning', code: 'HOLDFAST_FINALIZER_STATE' })
  })
}
