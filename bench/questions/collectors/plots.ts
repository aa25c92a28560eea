import type { Line, Panel, Plot, Row } from '../../plot.js'
import type { SavedOutcome } from '../../question.js'
import { HEAPS, type Heap } from './heaps.js'
import { ADAPTIVE, CLASSIC, CONTENDERS, NONE, OTHER_SHARES, type Policy, TIMERS } from './policies.js'
import { SAMPLE, trialName } from './samples.js'
import type { Workload } from './workloads.js'

const REACHABLE = { name: 'reachable', color: '#d5d5d5' } as const

// Told apart by those who do not see all colours, too.
const COLORS = new Map<Policy, string>([
  [NONE, '#777777'],
  [CLASSIC, '#d55e00'],
  [ADAPTIVE, '#0072b2'],
  [TIMERS[0] as Policy, '#009e73'],
  [TIMERS[1] as Policy, '#cc79a7'],
])

function colorOf(policy: Policy): string {
  return COLORS.get(policy) ?? '#000000'
}

/** For each heap the handles over time beside those that can be reached, and what a share of the time buys. */
export function plotWorkload({ title, peak = 'peak' }: Workload, outcome: SavedOutcome): Plot {
  return {
    title,
    description: `${title}: live handles over time under each policy, and peak against share of time`,
    rows: [...HEAPS.map((heap) => overTime(heap, outcome)), peakAgainstShare(outcome, SAMPLE[peak])],
  }
}

const HEADROOM = 1.05

function overTime(heap: Heap, outcome: SavedOutcome): Row {
  const panels = CONTENDERS.map((policy): Panel => {
    const { milliseconds = [], live = [], reachable = [] } = outcome.series(trialName(heap, policy)) ?? {}
    const seconds = milliseconds.map((time) => time / 1000)
    const total = seconds.at(-1) ?? 1
    const along = (values: readonly number[]) => values.map((value, i) => [seconds[i] as number, value] as const)
    return {
      title: `${policy.name}: ${total.toFixed(1)} s`,
      x: { title: 'time in s', min: 0, max: total },
      lines: [
        { ...REACHABLE, style: 'area', points: along(reachable) },
        { name: policy.name, color: colorOf(policy), points: along(live) },
      ],
    }
  })
  return {
    title: `Live handles over time, ${heap.name}`,
    y: { title: 'handles', min: 0, max: roundUp(highestOf(panels) * HEADROOM) },
    panels,
  }
}

const LEAST_SHARE = 0.001

function peakAgainstShare(outcome: SavedOutcome, peak: string): Row {
  const panels = HEAPS.map((heap): Panel => {
    return {
      title: heap.name,
      x: {
        title: 'share of time in forced collections',
        scale: 'logarithmic',
        min: LEAST_SHARE,
        max: 1,
        as: 'percent',
      },
      lines: peaksOf(heap, outcome, peak),
    }
  })
  return {
    title: 'What the time spent buys (adaptive: with limits from 2 to 90 %)',
    y: { title: peak, min: 0, max: roundUp(highestOf(panels) * HEADROOM) },
    panels,
  }
}

function peaksOf(heap: Heap, outcome: SavedOutcome, peak: string): Line[] {
  const of = (policy: Policy, sample: string) => outcome.median(trialName(heap, policy), sample) ?? Number.NaN
  const limits = [ADAPTIVE, ...OTHER_SHARES]
    .map((policy) => [Math.max(of(policy, SAMPLE.share), LEAST_SHARE), of(policy, peak)] as const)
    .sort(([a], [b]) => a - b)
  const untouched = [LEAST_SHARE, 1].map((share) => [share, of(NONE, peak)] as const)
  const others = [CLASSIC, ...TIMERS].map((policy): Line => {
    const point = [Math.max(of(policy, SAMPLE.share), LEAST_SHARE), of(policy, peak)] as const
    return { name: policy.name, color: colorOf(policy), style: 'points', points: [point] }
  })
  return [
    { name: NONE.name, color: colorOf(NONE), style: 'dashed', points: untouched },
    { name: ADAPTIVE.name, color: colorOf(ADAPTIVE), style: 'marked', points: limits },
    ...others,
  ]
}

function highestOf(panels: readonly Panel[]): number {
  const points = panels.flatMap(({ lines }) => lines.flatMap((line) => line.points))
  return Math.max(1, ...points.map(([, y]) => y).filter(Number.isFinite))
}

/** To the next number with at most two significant digits. */
function roundUp(value: number): number {
  const unit = 10 ** (Math.floor(Math.log10(value)) - 1)
  return Number((Math.ceil(value / unit) * unit).toPrecision(2))
}
