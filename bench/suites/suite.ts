import type { Question } from '../question.js'

export interface Suite {
  /** How it is measured and how to read it, for the report. */
  readonly note: string
  readonly questions: readonly Question[]
}

export const ROUNDS_NOTE =
  'Contestants take turns in one process, in rounds whose order rotates; a ratio is the median of the ratios within ' +
  'each round. A turn ends with a minor collection and a turn of the event loop, inside its time, so each ' +
  'contestant pays for what it leaves behind. Rounds for warming up do not count. Where memory is measured, each ' +
  'contestant has a process of its own.'
