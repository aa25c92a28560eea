import { isMainThread } from 'node:worker_threads'
import { native } from '../binding.js'
import { checkInteger, checkOneOf } from '../validate.js'
import { dropRecords } from './creation-records.js'

/**
 * How much is known of handles that were not disposed of, and what it costs. Opening, filling and disposing of a
 * `NativeBuffer` of 4 KiB takes, against `'off'` (docs/benchmarks.md has the figures of each release):
 *
 * - `'off'`: nothing is recorded, reported or published. Handles are counted and released all the same.
 * - `'counts'`, the default, 1.0 times: a warning for each kind of handle that was collected without having been
 *   disposed of.
 * - `'sampled'`, about 1.1 times: one in `tracking.sampleInterval` handles also has the stack that created it. A
 *   leak that repeats itself is found with its place, sooner or later: for production.
 * - `'full'`, some 12 times: every handle has its stack, its time and its touches, and an `ObjectDisposedError` says
 *   where the object was disposed of. For tests and for looking for a leak.
 */
export type TrackingLevel = 'off' | 'counts' | 'sampled' | 'full'

const LEVELS: readonly TrackingLevel[] = ['off', 'counts', 'sampled', 'full']
const DEFAULT: TrackingLevel = 'counts'
const VARIABLE = 'HOLDFAST_TRACKING'
const DEFAULT_INTERVAL = 128

let current: TrackingLevel = DEFAULT
let interval = DEFAULT_INTERVAL

/** Whether anything is reported or published. */
export let isOn = true
/** Whether every handle has a record. */
export let isFull = false

/** How many handles are opened until one is recorded, that one included; 0: none is. */
let untilRecord = 0

/** To be called for each handle that is opened. */
export function isNextRecorded(): boolean {
  if (untilRecord === 0 || --untilRecord !== 0) return false
  untilRecord = isFull ? 1 : randomDistance()
  return true
}

/** On average the interval. Equal distances would meet the same place of a loop again and again. */
function randomDistance(): number {
  return 1 + Math.floor(Math.random() * (2 * interval - 1))
}

export function level(): TrackingLevel {
  return current
}

/** @throws TypeError `ERR_INVALID_ARG_VALUE` that names the levels, `ERR_INVALID_ARG_TYPE` for what is no string */
export function setLevel(level: TrackingLevel): void {
  checkOneOf('tracking.level', level, LEVELS)
  current = level
  isOn = level !== 'off'
  isFull = level === 'full'
  native.logFinalizations(isOn)
  if (!isOn) dropRecords()
  restart()
}

function restart(): void {
  untilRecord = isFull ? 1 : current === 'sampled' ? randomDistance() : 0
}

export function sampleInterval(): number {
  return interval
}

/** @throws TypeError, RangeError for anything but an integer ≥ 1 */
export function setSampleInterval(handles: number): void {
  checkInteger('tracking.sampleInterval', handles, 1, 2 ** 30)
  interval = handles
  restart()
}

function levelOfEnvironment(): TrackingLevel {
  const wanted = process.env[VARIABLE]
  if (wanted === undefined || wanted === '') return DEFAULT
  if (LEVELS.includes(wanted as TrackingLevel)) return wanted as TrackingLevel
  // Workers have the same environment, and nothing new to say about it.
  if (isMainThread) {
    process.emitWarning(
      `Expected ${VARIABLE} to be one of: ${LEVELS.join(', ')}. Received '${wanted}'. The level is ${DEFAULT}.`,
      { type: 'HoldfastWarning', code: 'HOLDFAST_LEVEL' },
    )
  }
  return DEFAULT
}

/** Whether the program has said which level it wants. */
export const isLevelGiven = Boolean(process.env[VARIABLE])

setLevel(levelOfEnvironment())
