import { performance } from 'node:perf_hooks'
import { GC, HandleCollector, handleStatistics, resetPeaks, SafeHandle } from 'holdfast'
import type { Progress, Question, Samples } from '../question.js'

const HANDLES = 1_000_000
const THRESHOLD = 1000
const PASSES = 3

async function run(progress: Progress): Promise<Samples> {
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
  const dropThem = () => {
    for (let i = 1; i <= HANDLES; i++) new FileLike(i)
  }

  const peaks: number[] = []
  const times: number[] = []
  const collections: number[] = []
  for (let pass = 1; pass <= PASSES; pass++) {
    progress(`pass ${pass} of ${PASSES}`)
    GC.collect()
    await GC.waitForPendingFinalizers()
    resetPeaks()
    const before = collector.collections
    const start = performance.now()
    dropThem()
    times.push(((performance.now() - start) * 1e6) / HANDLES)
    collections.push(collector.collections - before)
    peaks.push(handleStatistics().peakLive)
  }
  if (closed < (PASSES - 1) * HANDLES) throw new Error(`Only ${closed} handles were closed.`)
  return {
    'peak live handles': { unit: 'count', values: peaks },
    'time per handle': { unit: 'time', values: times },
    'forced collections': { unit: 'count', values: collections },
  }
}

const TRIAL = '1,000,000 handles'

export const fileLike: Question = {
  id: 'file-like',
  title: '1,000,000 file-like handles, dropped in a synchronous loop',
  note:
    `A subclass of \`SafeHandle\` with \`static collector = new HandleCollector('file-like', ${THRESHOLD})\`, whose ` +
    '`releaseHandle` adds one. Nothing is disposed and the loop never yields. The time contains all collections.',
  trials: [{ name: TRIAL, run }],
  measures: [
    { label: 'peak live handles', trial: TRIAL, of: 'peak live handles', take: 'worst', bound: { atMost: 2000 } },
    { label: 'time per handle, collections included', trial: TRIAL, of: 'time per handle' },
  ],
}
