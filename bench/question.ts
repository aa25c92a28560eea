// A question is data: what is asked, the trials that answer it, and what must show. bench/questions has
// one file for each; the rest of bench runs them and knows none of them.

/** What the values of a sample are: times in nanoseconds, memory in bytes (shown as told), or a number of things. */
export type Unit = 'time' | 'B' | 'MiB' | 'MB' | 'count'

export interface Sample {
  readonly unit: Unit
  /** One value for each round. Values of equal index in two samples of a trial come from the same round. */
  readonly values: readonly number[]
}

/** What a trial brings back, by the name under which it is shown. */
export type Samples = Record<string, Sample>

/** To be called now and then with how far a trial has got. */
export type Progress = (text: string) => void

/** Something that is measured in a process of its own. */
export interface Trial {
  readonly name: string
  run(progress: Progress): Samples | Promise<Samples>
}

export type Bound = { readonly atMost: number } | { readonly atLeast: number }

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
}

export function isMet(bound: Bound, value: number): boolean {
  return 'atMost' in bound ? value <= bound.atMost : value >= bound.atLeast
}
