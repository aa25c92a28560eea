import { performance } from 'node:perf_hooks'
import { setImmediate } from 'node:timers'
import { Attention, native, Signal } from './binding.js'
import { forceCollection } from './collectors/forced-collections.js'
import { isMemoryLoadHigh, lookAgainInTime, noteRelief } from './memory-ceiling.js'
import { memoryPressure } from './memory-pressure.js'
import { releaseOrphans, releaseOrphansInTurn } from './release-table.js'

// Handles that nobody disposed come back in three ways, all through the same native sweep: a little with
// each open after the engine has collected; at once when native bytes have grown too much, or when asked;
// and from a FinalizationRegistry when the thread opens nothing more.

const signals = native.signals()

/** To be called after a handle was opened: one comparison, unless native code has something to say. */
export function attend(): void {
  if (signals[Signal.attention] !== 0) handleAttention()
}

/** Whether memory for a new view should be the engine's, since other memory has to wait for the event loop. */
export function prefersEngineMemory(byteLength: number): boolean {
  return byteLength > (signals[Signal.externalViewRoom] as number)
}

/** Whether the native limit stood in the way of what was opened or resized last. */
export function wasRefusedByLimit(): boolean {
  return signals[Signal.refusedByLimit] !== 0
}

function handleAttention(): void {
  const raised = signals[Signal.attention] as number
  // What the log has to tell is told by whoever reads it.
  signals[Signal.attention] = raised & Attention.logWaits
  if (raised & Attention.pressureIsHigh) relievePressure()
  if (raised & (Attention.orphansWait | Attention.logWaits)) releaseOrphans()
}

/** Releases every handle whose object the engine has already found dead. Returns how many. */
export function reclaim(): number {
  return native.sweepEverything() + releaseOrphans()
}

// Collections forced here may take this share of the time. Minor ones are exempt: they cost about a
// millisecond and only happen once for each allowance of native bytes.
const MAX_MAJOR_SHARE = 0.1
/** How far native bytes may at least grow: native/binding/environment.cc. */
export const PRESSURE_ALLOWANCE = 32 * 2 ** 20
/** A minor collection that brought back less than this share of the growth is followed by a major one. */
const WORTHWHILE_SHARE = 0.25

let nextMajorAllowedAt = 0

/**
 * Native bytes have grown by more than the allowance since the last sweep, or memory may be getting scarce.
 * The engine hardly sees native bytes, so it is made to collect: what is young first, and everything when
 * that brought little, or when the process comes near its ceiling.
 */
function relievePressure(): void {
  const before = memoryPressure()
  if (forceCollection('minor') !== undefined) {
    const worthwhile = before - memoryPressure() > PRESSURE_ALLOWANCE * WORTHWHILE_SHARE
    if (isMemoryLoadHigh()) relieveMemoryLoad()
    else if (!worthwhile && performance.now() >= nextMajorAllowedAt) collectEverything()
  }
  lookAgainInTime()
}

function collectEverything(): void {
  const pause = forceCollection('major') ?? 0
  nextMajorAllowedAt = performance.now() + pause * (1 / MAX_MAJOR_SHARE - 1)
}

/** The next bytes may be the ones that end the process: whatever it takes, and other threads may have more. */
function relieveMemoryLoad(): void {
  collectEverything()
  native.trimMemory()
  native.askThreadsToReclaim()
  noteRelief()
}

const SLICE_MILLISECONDS = 1
const SLOTS_PER_CALL = 1024

function sweepInSlices(): void {
  const end = performance.now() + SLICE_MILLISECONDS
  let more: boolean
  do {
    more = native.sweepSlice(SLOTS_PER_CALL)
  } while (more && performance.now() < end)
  releaseOrphansInTurn()
  if (more) setImmediate(sweepInSlices).unref()
}

// One registry with one throwaway object, not one registration per handle: the callback comes once per
// collection.
let sentinels: FinalizationRegistry<undefined> | undefined

function armSentinel(): void {
  sentinels?.register({}, undefined)
}

function onCollection(): void {
  armSentinel()
  native.majorCollections()
  sweepInSlices()
}

/** Under NODE_V8_COVERAGE a FinalizationRegistry can hang the process: nodejs/node#49344. */
function registryIsWanted(): boolean {
  return process.env['HOLDFAST_NO_FINALIZATION_REGISTRY'] !== '1' && !process.env['NODE_V8_COVERAGE']
}

/** Sweeps after collections also in a thread that opens nothing more; any number of calls. */
export function watchCollections(): void {
  if (sentinels !== undefined || !registryIsWanted()) return
  sentinels = new FinalizationRegistry(onCollection)
  armSentinel()
}
