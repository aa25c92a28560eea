import type { Heap } from './heaps.js'
import type { Policy } from './policies.js'

/** What every run brings back, under the names that tables show. */
export const SAMPLE = {
  time: 'total time',
  minor: 'forced, minor',
  major: 'forced, major',
  share: 'share of time',
  laterShare: 'share past 1 s',
  peak: 'peak over reachable',
  overall: 'overall peak',
  excess: 'most unreachable',
  finalized: 'finalized',
  disposed: 'disposed',
} as const

export function trialName(heap: Heap, policy: Policy): string {
  return `${heap.name}, ${policy.name}`
}
