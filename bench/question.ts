// A question is data: what is asked, the trials that answer it, and what must show. bench/questions has
// one file for each; the rest of bench runs them and knows none of them.

import type { Contest } from './contest.js'
import type { Plot } from './plot.js'

/** What the values of a sample are: times in nanoseconds, memory in bytes (shown as told), a number of things, … */
export type Unit = 'time' | 'B' | 'MiB' | 'MB' | 'count' | 'ratio' | 'share'

export interface Sample {
  readonly unit: Unit
  /** One value for each round. Values of equal index in two samples of a trial come from the same round. */
  readonly values: readonly number[]
}

/** What a trial brings back, by the name under which it is shown. */
export type Samples = Record<string, Sample>

/** To be called now and then with how far a trial has got. */
export type Progress = (text: string) => void

/** Something over time, for a plot: columns of equal length. */
export type Series = Readonly<Record<string, readonly number[]>>

/** Keeps what a trial has seen over time; of several repetitions that of the first. */
export type KeepSeries = (series: Series) => void

/** Something that is measured in a process of its own. */
export interface Trial {
  readonly name: string
  /**
   * How often, each time in a new process; the trials of a question take turns, in an order that rotates.
   * The values of the repetitions stand one after the other in the samples. Default 1
   */
  readonly repetitions?: number
  run(progress: Progress, keep: KeepSeries): Samples | Promise<Samples>
  /** The same in fewer and shorter rounds, to see whether a ratio has changed much. Only where rounds are interleaved. */
  runQuickly?(progress: Progress): Promise<Samples>
}

export type Bound = { readonly atMost: number } | { readonly atLeast: number }

/** Which way a number is better. */
export type Direction = 'less' | 'more'

/** One number that answers a part of the question. */
export interface Measure {
  readonly label: string
  readonly trial: string
  /** The name of a sample of the trial. */
  readonly of: string
  /** With it the number is a ratio, `of` to this: the median of the ratios of each round. */
  readonly against?: string
  /** `against` belongs to this trial instead. The number is the ratio of two medians then. */
  readonly againstTrial?: string
  /** `'worst'`: the largest value instead of the median. */
  readonly take?: 'worst'
  readonly bound?: Bound
  /** Needed where no bound tells. Default `'less'` */
  readonly better?: Direction
  /**
   * The time of one side is that of mapping and unmapping memory, or of the engine's table of registrations, which
   * differs by twice from run to run, or from machine to machine.
   */
  readonly swings?: true
  /** An allocator's state makes ten times of it, or it is what system calls cost on the machine: only to be looked at. */
  readonly unchecked?: true
}

/** The samples of all trials of a question, by the name of the trial. */
export type Trials = ReadonlyMap<string, Samples>

/** One number that answers a part of the question, where what to ask depends on what was measured. */
export interface Finding {
  readonly label: string
  readonly unit: Unit
  readonly measured: number
  readonly bound?: Bound
  /** Needed where no bound tells. Default `'less'` */
  readonly better?: Direction
  /** Who was compared with, where that is found out by measuring. */
  readonly peer?: string
}

/** What was saved of a run: from it plots are drawn. */
export interface SavedOutcome {
  /** undefined: there is no such sample. */
  median(trial: string, sample: string): number | undefined
  /** undefined: the trial kept none. */
  series(trial: string): Series | undefined
}

export interface Question {
  readonly id: string
  readonly title: string
  /** What exactly was measured, and what to think of when reading the numbers. */
  readonly note: string
  /** The answer may differ from one runtime to the other: asked on each of `RUNTIMES`. */
  readonly onEveryRuntime?: true
  readonly trials: readonly Trial[]
  readonly measures: readonly Measure[]
  /** More answers, after those to `measures`. A pure function. */
  judge?(trials: Trials): readonly Finding[]
  /** How the report shows the samples: `'wide'` has one row for each trial, with medians only. */
  readonly details?: 'wide'
  /** Who is compared with whom. Default: there is nobody else, and each sample stands for itself. */
  readonly contest?: Contest
  /**
   * Drawn into docs/benchmarks and shown in the report. A pure function of what was saved. Default: a dot for each
   * sample, see dot-plot.ts
   */
  plot?(outcome: SavedOutcome): Plot
}

export function isMet(bound: Bound, value: number): boolean {
  return 'atMost' in bound ? value <= bound.atMost : value >= bound.atLeast
}

export function directionOf({ bound, better }: { readonly bound?: Bound; readonly better?: Direction }): Direction {
  if (bound === undefined) return better ?? 'less'
  return 'atMost' in bound ? 'less' : 'more'
}
