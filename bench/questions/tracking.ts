import { NativeBuffer } from 'holdfast'
import { type TrackingLevel, tracking } from 'holdfast/tracking'
import type { Measure, Question, Trial } from '../question.js'
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

const WORKS: readonly (readonly [name: string, work: Work])[] = [
  ['4 KiB, filled', openFillAndDispose],
  ['4 KiB, not touched', openAndDispose],
]

/** Levels that are compared with `off` in one process. `full` has one of its own, where its garbage is its own, too. */
const GROUPS: readonly (readonly (readonly [level: TrackingLevel, atMost: number])[])[] = [
  [
    ['counts', 1.03],
    ['sampled', 1.1],
  ],
  [['full', 6]],
]

interface Group {
  readonly trial: Trial
  readonly measures: readonly Measure[]
}

const groups: readonly Group[] = WORKS.flatMap(([name, work]) =>
  GROUPS.map((levels): Group => {
    const title = `${name}: ${levels.map(([level]) => level).join(', ')}`
    const contestants = [at('off', work), ...levels.map(([level]) => at(level, work))]
    return {
      trial: interleaved(title, contestants, { rounds: 51 }),
      measures: levels.map(([of, atMost]) => ({
        label: `${of} against off, ${name}`,
        trial: title,
        of,
        against: 'off',
        bound: { atMost },
      })),
    }
  }),
)

export const trackingLevels: Question = {
  id: 'levels',
  title: 'What the tracking levels cost',
  note:
    '`new NativeBuffer(4096)` and `dispose()`, once with all of its bytes filled in between and once without a look ' +
    'at them, where little but the price of the level is left. With `full` the stack is captured twice: where the ' +
    'buffer is opened, and where it is disposed of.',
  trials: groups.map(({ trial }) => trial),
  measures: groups.flatMap(({ measures }) => measures),
}
