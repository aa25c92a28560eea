import type { RuntimeName } from '../../bench/runtime-packages.js'

/** What a check has shown on one runtime. */
export interface Observation {
  readonly outcome: 'ok' | 'deviates' | 'fails'
  /** What was different. */
  readonly detail?: string
}

/** Titles of checks, in their order, and what each has shown. */
export type Observations = ReadonlyMap<string, Observation>

/** Something that a runtime is known to do otherwise. */
export interface Deviation {
  readonly check: string
  readonly runtimes: readonly RuntimeName[]
  /** A part of the detail: the same check may also fail in ways that nobody knows of. */
  readonly shows: string
  /** For docs/runtimes.md: what happens instead, why, and what to do. */
  readonly reason: string
}
