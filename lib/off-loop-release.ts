import { setImmediate } from 'node:timers'
import { native } from './binding.js'
import { afterClose, type HandleToken } from './handle-token.js'

// Releases that take long are done on the thread pool, when somebody awaits them. All that are begun in one
// job of the event loop go there together: the trip costs more than most of them.

type Settle = (errno: number) => void

let waiting: Settle[] = []

/**
 * Closes a handle and releases its resource off the event loop.
 *
 * @returns a promise of 0 or the error of the system; undefined when that would not be slow: the handle is still open
 *   then
 */
export function closeOffLoop(token: HandleToken): Promise<number> | undefined {
  if (!native.deferClose(token.slot, token.generation)) return undefined
  afterClose(token, true)
  return new Promise((settle) => {
    if (waiting.push(settle) === 1) queueMicrotask(releaseAll)
  })
}

async function releaseAll(): Promise<void> {
  const settles = waiting
  waiting = []
  const errors = await native.runDeferredReleases()
  settleSome(settles, errors, 0)
}

/** How many promises are settled before the event loop turns: what awaits them has to run, too. */
const SETTLED_AT_ONCE = 1024

function settleSome(settles: Settle[], errors: Float64Array | undefined, from: number): void {
  const until = Math.min(settles.length, from + SETTLED_AT_ONCE)
  for (let index = from; index < until; index++) settles[index]?.(errors?.[index] ?? 0)
  if (until < settles.length) setImmediate(settleSome, settles, errors, until)
}
