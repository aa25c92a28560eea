import { performance } from 'node:perf_hooks'
import { handleStatistics, NativeBuffer, setNativeMemoryLimit } from 'holdfast'
import { peakResidentBytes } from '../process-memory.js'
import type { Measure, Question, Samples, Trial } from '../question.js'

const LIMIT = 256 * 2 ** 20
const BUFFERS = 10_000
const BYTES = 2 ** 20

function trial(name: string, touch: (index: number) => void): Trial {
  return {
    name,
    run(): Samples {
      setNativeMemoryLimit(LIMIT)
      const start = performance.now()
      for (let i = 0; i < BUFFERS; i++) touch(i)
      const time = ((performance.now() - start) * 1e6) / BUFFERS
      return {
        'peak live bytes': { unit: 'MiB', values: [handleStatistics().peakLiveBytes] },
        'peak RSS': { unit: 'MB', values: [peakResidentBytes()] },
        'time per buffer': { unit: 'time', values: [time] },
        'buffers opened': { unit: 'count', values: [BUFFERS] },
      }
    },
  }
}

const WRITTEN = trial('one byte written', (index) => {
  new NativeBuffer(BYTES).bytes[index % BYTES] = 1
})

const NEVER_VIEWED = trial('never viewed', () => {
  new NativeBuffer(BYTES)
})

const TRIALS = [WRITTEN, NEVER_VIEWED]

export const nativeLimit: Question = {
  id: 'native-limit',
  title: '10,000 buffers of 1 MiB under a limit of 256 MiB, dropped in a synchronous loop',
  note:
    '`setNativeMemoryLimit(256 * 2 ** 20)`, then `new NativeBuffer(2 ** 20)` over and over, either with one byte ' +
    'written through `bytes` or without a view. Nothing is disposed and the loop never yields. A buffer that is ' +
    'refused would end the run with an error.',
  trials: TRIALS,
  measures: TRIALS.flatMap(({ name }): Measure[] => [
    { label: `${name}: peak live bytes`, trial: name, of: 'peak live bytes', take: 'worst', bound: { atMost: LIMIT } },
    {
      label: `${name}: buffers opened`,
      trial: name,
      of: 'buffers opened',
      bound: { atLeast: BUFFERS },
    },
  ]),
}
