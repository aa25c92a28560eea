import { setImmediate, setTimeout } from 'node:timers'
import { reclaim } from '../reclamation.js'

// What is still on its way when a test has ended gets a chance to arrive: what waits for a turn of the event loop
// first, then what waits for the operating system. A collection would not help: a handle that is collected was
// not disposed of.

const TURNS = 8
/** Milliseconds. Together they are what a leak costs its finder at most. */
const PAUSES = [1, 2, 4, 8, 16]

// By name from node:timers, since test runners replace the global functions.
const turn = () => new Promise<void>((resolve) => setImmediate(resolve))
const pause = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds))

/** Releases what was found dead, and lets the event loop turn until nothing is left, a bounded number of times. */
export async function settle(isDone: () => boolean): Promise<void> {
  reclaim()
  for (let done = 0; done < TURNS && !isDone(); done++) await turn()
  for (const milliseconds of PAUSES) {
    if (isDone()) break
    await pause(milliseconds)
  }
  reclaim()
}
