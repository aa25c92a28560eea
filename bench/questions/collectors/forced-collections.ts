import { performance } from 'node:perf_hooks'

export interface ForcedCollection {
  readonly kind: 'minor' | 'major'
  /** Both on the clock of `performance.now()`. */
  readonly start: number
  readonly end: number
}

type ExposedGc = (options?: { type: 'minor' }) => void

/**
 * Puts a clock around the engine's own collector, before the library looks for it: from now on the list
 * grows by everything that anybody forces. What the engine does by itself does not pass here.
 */
export function watchForcedCollections(): ForcedCollection[] {
  const holder = globalThis as { gc?: ExposedGc }
  const collect = holder.gc
  if (collect === undefined) throw new Error('Trials need --expose-gc.')
  const forced: ForcedCollection[] = []
  holder.gc = (options) => {
    const start = performance.now()
    collect(options)
    forced.push({ kind: options?.type === 'minor' ? 'minor' : 'major', start, end: performance.now() })
  }
  return forced
}

/** The share of the time from `from` to `to` that was spent in them; 0 where that is no time. */
export function shareOfTime(forced: readonly ForcedCollection[], from: number, to: number): number {
  if (to <= from) return 0
  let spent = 0
  for (const { start, end } of forced) spent += Math.max(0, Math.min(end, to) - Math.max(start, from))
  return spent / (to - from)
}
