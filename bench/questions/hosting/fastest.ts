import type { Bound, Finding, Trials } from '../../question.js'
import { median } from '../../statistics.js'

export interface Comparison {
  readonly label: string
  readonly trial: string
  readonly ours: string
  readonly peers: readonly string[]
  readonly bound?: Bound
}

interface Ratio {
  readonly peer: string
  readonly measured: number
}

/** How many times as long as `ours` the fastest of the peers takes, by the median of the ratios of each round. */
export function againstFastest(trials: Trials, { label, trial, ours, peers, bound }: Comparison): Finding {
  const valuesOf = (name: string): readonly number[] => {
    const values = trials.get(trial)?.[name]?.values
    if (values === undefined) throw new Error(`There is no sample "${name}" of a trial "${trial}".`)
    return values
  }
  const own = valuesOf(ours)
  const ratios = peers.map((peer): Ratio => {
    return { peer, measured: median(valuesOf(peer).map((value, round) => value / (own[round] as number))) }
  })
  const fastest = ratios.reduce((least, ratio) => (ratio.measured < least.measured ? ratio : least))
  const { peer, measured } = fastest
  return { label, peer, unit: 'ratio', measured, better: 'more', ...(bound !== undefined && { bound }) }
}
