// Who is compared with whom: from it the page knows what to draw side by side, and where others are ahead.

import type { Direction } from './question.js'

export interface Place {
  /** Those with the same group and unit are compared. */
  readonly group: string
  readonly contestant: string
  /** Whether it is Holdfast's. */
  readonly isOurs: boolean
  /** Default `'less'` */
  readonly better?: Direction
}

/** Where a sample of a trial belongs; undefined: it is compared with none. */
export type Contest = (trial: string, sample: string) => Place | undefined

/** The samples of each trial are the contestants. */
export function betweenSamples(...ours: readonly string[]): Contest {
  return (trial, sample) => ({ group: trial, contestant: sample, isOurs: ours.includes(sample) })
}

/** The trials are the contestants, sample by sample. */
export function betweenTrials(...ours: readonly string[]): Contest {
  return (trial, sample) => ({ group: sample, contestant: trial, isOurs: ours.includes(trial) })
}
