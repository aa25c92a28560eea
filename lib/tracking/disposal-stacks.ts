import { ObjectDisposedError } from '../errors.js'
import { isFull } from './level.js'
import { type Entry, StackCapture } from './stack-capture.js'
import { textOf } from './stack-text.js'

// Where objects were disposed of, for whoever uses one afterwards. Unlike the record of a handle, a stack dies with
// its object, so it need never be read.

const stacks = new WeakMap<object, StackCapture>()

/** Who has called `dispose()` is what matters. */
const DEPTH = 4

/**
 * To be called when an object is disposed of.
 *
 * @param entry the method that the program has called
 */
export function noteDisposal(object: object, entry: Entry): void {
  if (isFull) stacks.set(object, new StackCapture(entry, DEPTH))
}

/** For the use of an object that was disposed of. */
export function objectDisposed(object: object, name = object.constructor.name): ObjectDisposedError {
  const stack = stacks.get(object)
  return new ObjectDisposedError(name, stack && { cause: disposedHere(stack) })
}

function disposedHere(capture: StackCapture): Error {
  const error = new Error('It was disposed of here.')
  error.stack = `${error.name}: ${error.message}\n${textOf(capture.frames)}`
  return error
}
