import { performance } from 'node:perf_hooks'
import { setTimeout } from 'node:timers/promises'
import { GC, liveHandles, NativeBuffer } from 'holdfast'
import type { Progress, Question, Samples } from '../question.js'
import { collectGarbage } from '../rounds.js'

// The library does not show its slices, so this question, and no other, calls the native function.
interface NativeSweep {
  majorCollections(): number
  sweepSlice(slots: number): boolean
}

const HANDLES = 1_000_000
const PASSES = 9
/** What one open visits: native/binding/environment.cc. */
const SLOTS_IN_AN_OPEN = 256
/** What one call visits of a sweep between two turns of the event loop, and how long it goes on: lib/reclamation.ts. */
const SLOTS_PER_CALL = 1024
const IDLE_SLICE_MILLISECONDS = 1

type Slice = (native: NativeSweep) => boolean

const openSlice: Slice = (native) => native.sweepSlice(SLOTS_IN_AN_OPEN)

const idleSlice: Slice = (native) => {
  const end = performance.now() + IDLE_SLICE_MILLISECONDS
  let more: boolean
  do more = native.sweepSlice(SLOTS_PER_CALL)
  while (more && performance.now() < end)
  return more
}

/** After a collection the engine's threads still sweep its own heap, and this one would wait for a processor. */
const ENGINE_SETTLES_MILLISECONDS = 200

async function collectAndSettle(): Promise<void> {
  collectGarbage('major')
  await setTimeout(ENGINE_SETTLES_MILLISECONDS)
}

interface SweepTimes {
  readonly undisturbed: number[]
  /** Of slices during which the system gave the processor to somebody else. */
  readonly interrupted: number[]
}

/** The times of all slices of one sweep, made due by a collection. */
async function sweepOnce(native: NativeSweep, slice: Slice): Promise<SweepTimes> {
  await collectAndSettle()
  native.majorCollections()
  const times: SweepTimes = { undisturbed: [], interrupted: [] }
  let more: boolean
  do {
    const switches = process.resourceUsage().involuntaryContextSwitches
    const start = performance.now()
    more = slice(native)
    const time = (performance.now() - start) * 1e6
    const interrupted = process.resourceUsage().involuntaryContextSwitches > switches
    times[interrupted ? 'interrupted' : 'undisturbed'].push(time)
  } while (more)
  return times
}

function describe(name: string, sweeps: readonly SweepTimes[]): Samples {
  const undisturbed = sweeps.flatMap((sweep) => sweep.undisturbed)
  const interrupted = sweeps.flatMap((sweep) => sweep.interrupted)
  return {
    [name]: { unit: 'time', values: undisturbed },
    ...(interrupted.length > 0 && { [`${name}, interrupted`]: { unit: 'time', values: interrupted } }),
  }
}

async function repeat<T>(measure: () => Promise<T>): Promise<T[]> {
  const results: T[] = []
  for (let pass = 0; pass < PASSES; pass++) results.push(await measure())
  return results
}

async function timeOfWholeSweep(): Promise<number> {
  await collectAndSettle()
  const start = performance.now()
  const released = GC.reclaim()
  const time = (performance.now() - start) * 1e6
  if (released > 0) throw new Error(`${released} handles were released that are alive.`)
  return time
}

async function run(progress: Progress): Promise<Samples> {
  // The library would sweep by itself while this one waits for the engine.
  process.env['HOLDFAST_NO_FINALIZATION_REGISTRY'] = '1'
  const { native } = (await import(new URL('binding.js', import.meta.resolve('holdfast')).href)) as {
    native: NativeSweep
  }
  progress('opening 1,000,000 handles')
  const handles: NativeBuffer[] = []
  for (let i = 0; i < HANDLES; i++) handles.push(new NativeBuffer(16, { zeroed: false }))
  await GC.waitForPendingFinalizers()

  progress('sweeping')
  const inOpens = await repeat(() => sweepOnce(native, openSlice))
  const idle = await repeat(() => sweepOnce(native, idleSlice))
  const whole = await repeat(timeOfWholeSweep)
  if (liveHandles() !== HANDLES) throw new Error('Not all handles were alive to the end.')

  progress('sweeping what is dead')
  handles.length = 0
  const dead = await sweepOnce(native, openSlice)
  if (liveHandles() !== 0) throw new Error(`${liveHandles()} dead handles were not found.`)
  return {
    ...describe('slice in an open', inOpens),
    ...describe('slice between turns', idle),
    'whole sweep': { unit: 'time', values: whole },
    ...describe('slice in an open, every handle dead', [dead]),
  }
}

const TRIAL = '1,000,000 live handles'

export const sweep: Question = {
  id: 'sweep',
  title: 'Sweeping 1,000,000 live handles',
  note:
    'Nine times, after a major collection, each slice of the sweep was timed: as an open takes it (256 slots) and as ' +
    'it happens between turns of the event loop (calls of 1,024 slots until 1 ms has passed). Slices during which ' +
    'the system gave the processor to another thread are shown apart. The whole sweep is `GC.reclaim()` after a ' +
    'major collection, with every handle alive.',
  trials: [{ name: TRIAL, run }],
  measures: [
    { label: 'slowest slice in an open', trial: TRIAL, of: 'slice in an open', take: 'worst', bound: { atMost: 2e6 } },
    {
      label: 'slowest slice between turns',
      trial: TRIAL,
      of: 'slice between turns',
      take: 'worst',
      bound: { atMost: 2e6 },
    },
    { label: 'whole sweep', trial: TRIAL, of: 'whole sweep', bound: { atMost: 80e6 } },
    {
      label: 'slowest slice in an open, every handle dead',
      trial: TRIAL,
      of: 'slice in an open, every handle dead',
      take: 'worst',
    },
  ],
}
