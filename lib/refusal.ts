import { performance } from 'node:perf_hooks'
import { native } from './binding.js'
import { forceCollection } from './collectors/forced-collections.js'
import { liveBytesTotal } from './kinds.js'
import { reclaim, wasRefusedByLimit } from './reclamation.js'

// What is done when something is refused, by the system or by the native limit:
//
//   release what is known to be dead ─► collect what is young ─► collect everything ─► ask other threads
//        │ try again                        │ try again              │ try again          │ and wait a little
//
// and when all of that did not help, the caller throws.

/**
 * Repeats `attempt` after each step until it returns something other than undefined.
 *
 * @param growth the bytes that `attempt` adds to what the native limit counts; a function where only the attempt
 *   tells
 */
export function withReclamation<T>(attempt: () => T | undefined, growth: number | (() => number) = 0): T | undefined {
  let result = attempt()
  if (result !== undefined) return result
  for (const _ of stepsAfterRefusal(typeof growth === 'number' ? growth : growth())) {
    result = attempt()
    if (result !== undefined) break
  }
  return result
}

/** The same for an attempt that takes its time. */
export async function withReclamationAsync<T>(attempt: () => Promise<T | undefined>): Promise<T | undefined> {
  let result = await attempt()
  if (result !== undefined) return result
  for (const _ of stepsAfterRefusal(0)) {
    result = await attempt()
    if (result !== undefined) break
  }
  return result
}

/** Does one thing after another; its user tries again in between. */
function* stepsAfterRefusal(growth: number): Generator<void, void, void> {
  const byLimit = growth > 0 && wasRefusedByLimit()
  if (byLimit && growth > native.nativeLimit()) return
  reclaim()
  // What is kept for reuse is not live: the limit does not count it.
  if (!byLimit) native.trimMemory()
  yield

  if (forceCollection('minor') !== undefined) {
    yield
  }

  if (isRestrained()) return
  const start = performance.now()
  if ((!byLimit || canMakeRoom(growth)) && forceCollection('major') !== undefined) {
    reclaim()
    if (!byLimit) native.trimMemory()
    yield
  }
  if (byLimit && bytesOfOtherThreads() > 0) yield* waitForOtherThreads()
  noteFutility(start)
}

/** Returns when that was in vain. */
function* waitForOtherThreads(): Generator<void, void, void> {
  native.askThreadsToReclaim()
  for (let attempt = 0; attempt < PATIENCE; attempt++) {
    Atomics.wait(sleeping, 0, 0, 1)
    yield
  }
}

/** Whether this thread has enough, if all of it should turn out to be garbage. */
function canMakeRoom(growth: number): boolean {
  return bytesOfOtherThreads() + growth <= native.nativeLimit()
}

function bytesOfOtherThreads(): number {
  return native.processLiveBytes() - liveBytesTotal()
}

// Other threads look for the request when they open something, which they do or do not. A short wait is
// enough for those that do: each of them may be in the middle of a collection. What they release they take
// again themselves, so what counts is to try often; on a busy machine that takes longer. Those that sleep in
// their event loop are not woken.
const PATIENCE = 128
const sleeping = new Int32Array(new SharedArrayBuffer(4))

// A program that goes on asking while everything it has is in use would make the engine look through its
// whole heap each time. That nothing has changed cannot be known: dropping a reference leaves no trace. So
// some efforts in vain are free, and those beyond take a share of the time. An error may then come although
// something was dropped since the last look; it cannot come for long.
const FREE_EFFORTS = 8
const MAX_SHARE_OF_VAIN_EFFORTS = 0.25

/** Efforts in vain that are not made up for yet, at the time `countedAt`. */
let vainEfforts = 0
let countedAt = 0
/** Milliseconds that make up for one of them. */
let makesUp = 1

function stillVain(now: number): number {
  return Math.max(0, vainEfforts - (now - countedAt) / makesUp)
}

function isRestrained(): boolean {
  return stillVain(performance.now()) > FREE_EFFORTS - 1
}

function noteFutility(start: number): void {
  const now = performance.now()
  vainEfforts = stillVain(start) + 1
  countedAt = now
  makesUp = Math.max(1, (now - start) * (1 / MAX_SHARE_OF_VAIN_EFFORTS - 1))
}
