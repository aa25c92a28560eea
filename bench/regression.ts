// Compares ratios with those that were recorded. Pure: what is measured comes from check.ts.

import type { Direction } from './question.js'
import type { SuiteResult } from './results.js'

export interface Ratio {
  readonly suite: string
  readonly question: string
  readonly label: string
  readonly value: number
  readonly better: Direction
  readonly swings?: boolean
  readonly unchecked?: boolean
}

export interface Comparison {
  readonly name: string
  readonly recorded?: number
  readonly now?: number
  /** How many times as bad as recorded: below 1 it is better. */
  readonly change?: number
  /** The most that it may be. */
  readonly tolerance?: number
  /** `'gone'`: recorded and not measured any more. `'new'`: not recorded yet. */
  readonly verdict: 'ok' | 'worse' | 'gone' | 'new' | 'not checked'
}

/**
 * More than this many times as bad as recorded, twice, is taken for a regression, on whatever machine: see decision 67 in
 * docs/decisions.md.
 */
export const TOLERANCE = 3.2
/** For ratios that swing. */
export const SWINGING_TOLERANCE = 1.6 * TOLERANCE

const nameOf = ({ suite, question, label }: Ratio) => `${suite}/${question}: ${label}`

/** The ratios of those questions for which `isChecked`. */
export function ratiosOf(
  results: readonly Pick<SuiteResult, 'suite' | 'answers'>[],
  isChecked: (suite: string, question: string) => boolean,
): Ratio[] {
  return results.flatMap(({ suite, answers }) =>
    answers
      .filter(({ id }) => isChecked(suite, id))
      .flatMap(({ id, figures }) =>
        figures.flatMap(({ label, unit, measured, better, swings = false, unchecked = false }): Ratio[] =>
          unit === 'ratio' && measured !== null
            ? [{ suite, question: id, label, value: measured, better, swings, unchecked }]
            : [],
        ),
      ),
  )
}

/** What was recorded in its order, then what is new. */
export function compareRatios(recorded: readonly Ratio[], now: readonly Ratio[]): Comparison[] {
  const measured = new Map(now.map((ratio) => [nameOf(ratio), ratio]))
  const known = new Set(recorded.map(nameOf))
  return [
    ...recorded.map((before) => compare(before, measured.get(nameOf(before)))),
    ...now
      .filter((ratio) => !known.has(nameOf(ratio)))
      .map((ratio): Comparison => ({ name: nameOf(ratio), now: ratio.value, verdict: 'new' })),
  ]
}

function compare(before: Ratio, after: Ratio | undefined): Comparison {
  const name = nameOf(before)
  if (after === undefined) return { name, recorded: before.value, verdict: 'gone' }
  // What the question says today.
  const change = after.better === 'less' ? after.value / before.value : before.value / after.value
  if (after.unchecked) return { name, recorded: before.value, now: after.value, change, verdict: 'not checked' }
  const tolerance = after.swings ? SWINGING_TOLERANCE : TOLERANCE
  const verdict = change > tolerance || !Number.isFinite(change) ? 'worse' : 'ok'
  return { name, recorded: before.value, now: after.value, change, tolerance, verdict }
}

/** What was worse stays so only where it is worse again. */
export function confirm(first: readonly Comparison[], second: readonly Comparison[]): Comparison[] {
  const again = new Map(second.map((comparison) => [comparison.name, comparison]))
  return first.map((comparison) => {
    const other = again.get(comparison.name)
    return comparison.verdict === 'worse' && other?.verdict === 'ok' ? other : comparison
  })
}

/** Why the check fails, a line each. Comparing nothing is a failure, too: it would pass for ever. */
export function failuresOf(comparisons: readonly Comparison[]): string[] {
  const lines = comparisons.flatMap(({ name, change, verdict }) => {
    if (verdict === 'worse') return [`${name} is ${change?.toFixed(2)} times as bad as recorded, twice in a row.`]
    return verdict === 'gone' ? [`${name} is recorded and not measured any more.`] : []
  })
  return comparisons.some(({ tolerance }) => tolerance !== undefined) ? lines : [...lines, 'Nothing was compared.']
}
