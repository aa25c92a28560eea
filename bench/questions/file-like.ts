import { performance } from 'node:perf_hooks'
import { GC, HandleCollector, handleStatistics, resetPeaks, SafeHandle } from 'holdfast'
import type { Progress, Question, Samples } from '../question.js'

const HANDLES = 1_000_000
const THRESHOLD = 1000
const REPETITIONS = 3

function run(progress: Progress): Samples {
  // Made here: other trials load this file, too, and must not find a collector in their process.
  const collector = new HandleCollector('file-like', THRESHOLD)
  let closed = 0
  class FileLike extends SafeHandle<number> {
    static collector = collector

    static releaseHandle(_file: number): void {
      closed++
    }

    constructor(file: number) {
      super(0)
      this.setHandle(file)
    }
  }
  progress('dropping them')
  GC.collect()
  resetPeaks()
  const start = performance.now()
  for (let i = 1; i <= HANDLES; i++) new FileLike(i)
  const nanoseconds = (performance.now() - start) * 1e6
  if (closed < HANDLES - handleStatistics().live) throw new Error(`Only ${closed} handles were closed.`)
  return {
    'peak live handles': { unit: 'count', values: [handleStatistics().peakLive] },
    'time per handle': { unit: 'time', values: [nanoseconds / HANDLES] },
    'forced collections': { unit: 'count', values: [collector.collections] },
  }
}

const TRIAL = '1,000,000 handles'

export const fileLike: Question = {
  id: 'file-like',
  title: '1,000,000 file-like handles, dropped in a synchronous loop',
  note:
    `A subclass of \`SafeHandle\` with \`static collector = new HandleCollector('file-like', ${THRESHOLD})\`, whose ` +
    '`releaseHandle` adds one. Nothing is disposed and the loop never yields. The time contains all collections.',
  trials: [{ name: TRIAL, repetitions: REPETITIONS, run }],
  measures: [
    { label: 'peak live handles', trial: TRIAL, of: 'peak live handles', take: 'worst', bound: { atMost: 2000 } },
    { label: 'time per handle, collections included', trial: TRIAL, of: 'time per handle' },
  ],
}
