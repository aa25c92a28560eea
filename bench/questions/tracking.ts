import { NativeBuffer } from 'holdfast'
import { type TrackingLevel, tracking } from 'holdfast/tracking'
import type { Measure, Question } from '../question.js'
import { type Contestant, interleaved } from '../rounds.js'

const BYTES = 4096

type Work = (count: number) => number

function openFillAndDispose(count: number): number {
  let seen = 0
  for (let i = 0; i < count; i++) {
    const buffer = new NativeBuffer(BYTES)
    buffer.bytes.fill(i)
    seen += buffer.byteLength
    buffer.dispose()
  }
  return seen
}

function openAndDispose(count: number): number {
  let done = 0
  for (let i = 0; i < count; i++) {
    new NativeBuffer(BYTES).dispose()
    done++
  }
  return done
}

function at(level: TrackingLevel, work: Work): Contestant {
  return {
    name: level,
    prepare: () => (count) => {
      tracking.level = level
      try {
        return work(count)
      } finally {
        tracking.level = 'off'
      }
    },
  }
}

const LEVELS: readonly TrackingLevel[] = ['off', 'counts', 'sampled', 'full']

const FILLED = '4 KiB, filled'
const UNTOUCHED = '4 KiB, not touched'

const BOUNDS = [
  ['counts', 1.03],
  ['sampled', 1.1],
  ['full', 6],
] as const

function measuresOf(trial: string): Measure[] {
  return BOUNDS.map(([of, atMost]) => ({
    label: `${of} against off, ${trial}`,
    trial,
    of,
    against: 'off',
    bound: { atMost },
  }))
}

export const trackingLevels: Question = {
  id: 'levels',
  title: 'What the tracking levels cost',
  note:
    '`new NativeBuffer(4096)` and `dispose()`, once with all of its bytes filled in between and once without a look ' +
    'at them, where little but the price of the level is left. With `full` the stack is captured twice: where the ' +
    'buffer is opened, and where it is disposed of.',
  trials: [
    interleaved(
      FILLED,
      LEVELS.map((level) => at(level, openFillAndDispose)),
      { rounds: 31 },
    ),
    interleaved(
      UNTOUCHED,
      LEVELS.map((level) => at(level, openAndDispose)),
      { rounds: 31 },
    ),
  ],
  measures: [...measuresOf(FILLED), ...measuresOf(UNTOUCHED)],
}
