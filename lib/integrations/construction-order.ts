import { asyncDisposerOf, type Disposer, disposeAllAsync } from '../disposal.js'

// awilix calls the disposers of a container one right after the other, in no order, and waits for all of them. So a
// disposer only says that its handle is due; what is found due when all were called is disposed of in order, and they
// share the promise. Containers that are disposed in one turn are disposed of together.

interface Constructed {
  /** Smaller for what it was made from. */
  readonly place: number
  readonly dispose: Disposer
}

let places = 0
const all = new WeakMap<object, Constructed>()

/** @throws TypeError when it cannot be disposed of */
export function noteConstruction<T extends object>(handle: T): T {
  if (!all.has(handle)) all.set(handle, { place: ++places, dispose: asyncDisposerOf('handle', handle) })
  return handle
}

/** undefined while none is due. */
let due: Set<object> | undefined
let disposal: Promise<void>

/** Disposes of the handles that it is called with in a row, the one that was constructed last first. */
export function disposeInOrder(handle: object): Promise<void> {
  if (due === undefined) {
    const handles = new Set<object>()
    due = handles
    disposal = Promise.resolve().then(() => disposeDue(handles))
  }
  due.add(handle)
  return disposal
}

function disposeDue(found: ReadonlySet<object>): Promise<void> {
  const handles = Array.from(found, (handle) => all.get(handle) as Constructed)
  due = undefined
  handles.sort((one, other) => one.place - other.place)
  return disposeAllAsync(handles.map(({ dispose }) => dispose))
}
