import { native } from '../binding.js'
import { OutOfMemoryError, ResourceExhaustedError } from '../errors.js'

// A tally counts the open handles of the classes that share a collector. Native code counts up and down,
// since it closes handles in places where no JavaScript runs; JavaScript reads without a call.

/** How many native code has room for: kTallies in native/binding/environment.cc. The first is nobody's. */
const TALLIES = 1024

let cells: Float64Array | undefined
let taken = 1

export interface Tally {
  readonly index: number
  readonly cells: Float64Array
}

/**
 * @throws ResourceExhaustedError when the thread has given out all it has
 * @throws OutOfMemoryError when the engine has no memory for them
 */
export function takeTally(): Tally {
  cells ??= native.tallies()
  if (cells === undefined) throw new OutOfMemoryError(TALLIES * Float64Array.BYTES_PER_ELEMENT)
  if (taken === TALLIES)
    throw new ResourceExhaustedError('collectors of classes in one thread', TALLIES - 1, TALLIES - 1)
  return { index: taken++, cells }
}
