import type { KindTimeline, ReportedTimeline } from '../report-data.js'
import { MOST_COLORS } from './kind-colors.js'

// What the charts draw: a column for each kind, on top of those below it.

export const OTHER_KINDS = 'other kinds'

/** The kinds in the order given. Where they are too many for the colours, the last ones are one. */
export function seriesOf({ kinds, at }: ReportedTimeline, order: readonly string[]): KindTimeline[] {
  const place = new Map(order.map((kind, index) => [kind, index]))
  const placeOf = ({ kind }: KindTimeline) => place.get(kind) ?? order.length
  const sorted = kinds.toSorted((a, b) => placeOf(a) - placeOf(b))
  if (sorted.length <= MOST_COLORS) return sorted
  const rest = sorted.slice(MOST_COLORS - 1)
  const sum = (column: 'live' | 'liveBytes') =>
    at.map((_, index) => rest.reduce((total, kind) => total + (kind[column][index] as number), 0))
  return [...sorted.slice(0, MOST_COLORS - 1), { kind: OTHER_KINDS, live: sum('live'), liveBytes: sum('liveBytes') }]
}

/** Each column with those before it added; what is hidden adds nothing. */
export function stacked(columns: readonly (readonly number[])[], hidden: (index: number) => boolean): number[][] {
  let below: readonly number[] | undefined
  return columns.map((column, index) => {
    const under = below
    const top = column.map((value, at) => (hidden(index) ? 0 : value) + (under?.[at] ?? 0))
    below = top
    return top
  })
}

/** A part of a range, kept within the whole of it. */
export function zoomed(
  range: { min: number; max: number },
  whole: { min: number; max: number },
  factor: number,
  around = (range.min + range.max) / 2,
): { min: number; max: number } {
  const narrowest = (whole.max - whole.min) / 5000
  const width = Math.min(Math.max((range.max - range.min) * factor, narrowest), whole.max - whole.min)
  const before = (around - range.min) / (range.max - range.min)
  const min = Math.min(Math.max(around - before * width, whole.min), whole.max - width)
  return { min, max: min + width }
}
