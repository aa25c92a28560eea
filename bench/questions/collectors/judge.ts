import type { Bound, Finding, Samples, Trials } from '../../question.js'
import { median } from '../../statistics.js'
import type { Heap } from './heaps.js'
import { ADAPTIVE, CLASSIC, OTHER_SHARES, type Policy, TIMERS } from './policies.js'
import { SAMPLE, trialName } from './samples.js'

// What must show. Whether the peak itself is compared, or the peak at an equal share of the time, depends
// on what classic did: where it spends more than adaptive may, it must not be praised for its peak.

const LIMIT = ADAPTIVE.maxCollectionShare as number
const SHARE_BOUND: Bound = { atMost: LIMIT + 0.02 }
const PEAK_BOUND: Bound = { atMost: 1.1 }
const PEAK_AT_EQUAL_SHARE_BOUND: Bound = { atMost: 1 }

export interface Criteria {
  /** Which peak is compared. */
  readonly peak: PeakSample
  /** Of the total time, adaptive against classic. */
  readonly time: Bound
}

/**
 * `'peak'`: the live handles against those that could be reached at the same moment, at its worst;
 * `'overall'`: the most live handles against the most that could ever be reached.
 */
export type PeakSample = 'peak' | 'overall'

export function judgeHeap(trials: Trials, heap: Heap, criteria: Criteria): Finding[] {
  const of = (policy: Policy, sample: string) => medianOf(trials, trialName(heap, policy), sample)
  const sample = SAMPLE[criteria.peak]
  const classicShare = of(CLASSIC, SAMPLE.share)
  return [
    {
      label: `${heap.name}: total time, adaptive against classic`,
      unit: 'ratio',
      measured: of(ADAPTIVE, SAMPLE.time) / of(CLASSIC, SAMPLE.time),
      bound: criteria.time,
    },
    ...(classicShare <= LIMIT ? [comparePeaks(of, heap, sample)] : compareAtEqualShare(of, heap, sample)),
    {
      label: `${heap.name}: adaptive, share past the first second`,
      unit: 'share',
      measured: of(ADAPTIVE, SAMPLE.laterShare),
      bound: SHARE_BOUND,
    },
  ]
}

type MedianOf = (policy: Policy, sample: string) => number

function comparePeaks(of: MedianOf, heap: Heap, sample: string): Finding {
  return {
    label: `${heap.name}: ${sample}, adaptive against classic`,
    unit: 'ratio',
    measured: of(ADAPTIVE, sample) / of(CLASSIC, sample),
    bound: PEAK_BOUND,
  }
}

function compareAtEqualShare(of: MedianOf, heap: Heap, sample: string): Finding[] {
  // By what each has really spent, like the others: the limit is what it may spend.
  const curve = [ADAPTIVE, ...OTHER_SHARES].map((policy): Point => {
    return { share: of(policy, SAMPLE.share), peak: of(policy, sample) }
  })
  return [CLASSIC, ...TIMERS].map((other): Finding => {
    const share = of(other, SAMPLE.share)
    const { peak, at } = peakAtShare(curve, share)
    const where = at === share ? `at ${percent(share)}` : `used ${percent(share)}, compared at ${percent(at)}`
    return {
      label: `${heap.name}: ${sample} at equal share, adaptive against ${other.name} (${where})`,
      unit: 'ratio',
      measured: peak / of(other, sample),
      bound: PEAK_AT_EQUAL_SHARE_BOUND,
    }
  })
}

export interface Point {
  readonly share: number
  readonly peak: number
}

/**
 * Between two points of the curve interpolated, on logarithmic scales, where a peak that is halved by twice the
 * time is a straight line; beyond its ends it is what it is there. Of points at the same share the highest counts:
 * runs that spend nothing are all in one place.
 */
export function peakAtShare(points: readonly Point[], share: number): { peak: number; at: number } {
  if (points.length === 0) throw new RangeError('A curve needs points.')
  const shares = points.map((point) => point.share)
  const at = Math.min(Math.max(share, Math.min(...shares)), Math.max(...shares))
  const below = Math.max(...shares.filter((share) => share <= at))
  const above = Math.min(...shares.filter((share) => share >= at))
  const peakOf = (share: number) => Math.max(...points.filter((point) => point.share === share).map(({ peak }) => peak))
  if (above === below) return { peak: peakOf(at), at }
  const part = below > 0 ? Math.log(at / below) / Math.log(above / below) : at / above
  return { peak: peakOf(below) * (peakOf(above) / peakOf(below)) ** part, at }
}

function percent(share: number): string {
  return `${Math.round(share * 1000) / 10} %`
}

function medianOf(trials: Trials, trial: string, sample: string): number {
  const samples: Samples | undefined = trials.get(trial)
  const values = samples?.[sample]?.values
  if (values === undefined) throw new Error(`There is no sample "${sample}" of a trial "${trial}".`)
  return median(values)
}
