import { performance } from 'node:perf_hooks'
import { GC, handleStatistics, NativeBuffer, resetPeaks } from 'holdfast'
import type { Progress, Question, Samples } from '../question.js'

const HANDLES = 1_000_000
const BYTES = 4096
const PASSES = 3

function dropThem(): void {
  for (let i = 0; i < HANDLES; i++) new NativeBuffer(BYTES)
}

async function run(progress: Progress): Promise<Samples> {
  const peaks: number[] = []
  const peakHandles: number[] = []
  const times: number[] = []
  for (let pass = 1; pass <= PASSES; pass++) {
    progress(`pass ${pass} of ${PASSES}`)
    GC.collect()
    await GC.waitForPendingFinalizers()
    resetPeaks()
    const start = performance.now()
    dropThem()
    times.push(((performance.now() - start) * 1e6) / HANDLES)
    const { peakLive, peakLiveBytes } = handleStatistics()
    peaks.push(peakLiveBytes)
    peakHandles.push(peakLive)
  }
  return {
    'peak live bytes': { unit: 'MiB', values: peaks },
    'peak live handles': { unit: 'count', values: peakHandles },
    'time per handle': { unit: 'time', values: times },
  }
}

const TRIAL = '1,000,000 × 4 KiB'

export const droppedUnviewed: Question = {
  id: 'dropped-unviewed',
  title: '1,000,000 buffers of 4 KiB, never viewed, dropped in a synchronous loop',
  note: 'Nothing is disposed and the loop never yields. The time contains all collections and sweeps.',
  trials: [{ name: TRIAL, run }],
  measures: [
    {
      label: 'peak live bytes',
      trial: TRIAL,
      of: 'peak live bytes',
      take: 'worst',
      bound: { atMost: 64 * 2 ** 20 },
    },
    {
      label: 'time per handle, collections included',
      trial: TRIAL,
      of: 'time per handle',
      bound: { atMost: 2500 },
    },
  ],
}
