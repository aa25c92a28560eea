import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Machine } from './machine.js'
import { PROJECT } from './project.js'
import {
  type Bound,
  type Direction,
  directionOf,
  type Finding,
  isMet,
  type Measure,
  type Question,
  type Sample,
  type SavedOutcome,
  type Series,
  type Trials,
  type Unit,
} from './question.js'
import { median, quartiles } from './statistics.js'

/** One number of a question. */
export interface Figure {
  readonly label: string
  /** Who was compared with, where that was found out by measuring. */
  readonly peer?: string
  readonly unit: Unit
  readonly better: Direction
  /** See `Measure`. */
  readonly swings?: true
  /** See `Measure`. */
  readonly unchecked?: true
  readonly bound?: Bound
  /** null: not measured in this run. */
  readonly measured: number | null
  /** null: no bound, or not measured. */
  readonly met: boolean | null
}

/** One sample of a trial. */
export interface Detail {
  readonly trial: string
  readonly runtime: string
  readonly name: string
  readonly unit: Unit
  readonly median: number
  /** Left out when there was one round. */
  readonly quartiles?: readonly [low: number, high: number]
  readonly worst?: number
  readonly rounds: number
}

export interface Answer {
  readonly id: string
  readonly title: string
  readonly note: string
  readonly layout?: 'wide'
  readonly figures: readonly Figure[]
  readonly details: readonly Detail[]
  /** What went wrong. What is missing for it is in neither of the two above. */
  readonly failures?: readonly string[]
  /** How long it took. */
  readonly seconds?: number
}

export interface SuiteResult {
  readonly suite: string
  /** When the run began of which this is a part. */
  readonly run?: string
  readonly date: string
  /** How long it took. */
  readonly seconds?: number
  readonly command: string
  readonly commit: string
  readonly machine: Machine
  /** Of the runtimes that were there. */
  readonly versions: readonly string[]
  /** Of Holdfast and of what it was compared with, by name. */
  readonly packages?: Readonly<Record<string, string>>
  readonly answers: readonly Answer[]
}

/** What the trials of a question brought back on one runtime. */
export interface RuntimeOutcome {
  readonly runtime: string
  /** By the name of the trial; undefined when this runtime was not there. */
  readonly trials: Trials | undefined
}

export function answer(question: Question, outcomes: readonly RuntimeOutcome[]): Answer {
  const { id, title, note, measures, onEveryRuntime, details: layout } = question
  const present = outcomes.find(({ trials }) => trials !== undefined)?.trials
  if (present === undefined) throw new Error(`The question "${id}" was answered nowhere.`)
  const figures = outcomes.flatMap(({ runtime, trials }) => {
    const measured = measures.map((measure): Figure => {
      // Where it was not measured it has the unit that it has elsewhere.
      const unit = measure.against === undefined ? sampleOf(present, measure.trial, measure.of).unit : 'ratio'
      const { label, swings, unchecked } = measure
      const steadiness = { ...(swings && { swings }), ...(unchecked && { unchecked }) }
      return { label, unit, better: directionOf(measure), ...steadiness, ...compare(measure, trials) }
    })
    const judged = trials === undefined ? [] : (question.judge?.(trials) ?? []).map(figureOf)
    const all = [...measured, ...judged]
    return onEveryRuntime ? all.map((figure) => ({ ...figure, label: `${runtime}: ${figure.label}` })) : all
  })
  const details = outcomes.flatMap(detailsOf)
  return { id, title, note, ...(layout !== undefined && { layout }), figures, details }
}

/** Of a question that nothing is known about but what went wrong. */
export function failedAnswer({ id, title, note }: Question, failures: readonly string[]): Answer {
  return { id, title, note, figures: [], details: [], failures }
}

function figureOf({ bound, ...rest }: Finding): Figure {
  const finding = { ...rest, better: directionOf({ ...rest, ...(bound !== undefined && { bound }) }) }
  if (bound === undefined) return { ...finding, met: null }
  return { ...finding, bound, met: isMet(bound, finding.measured) }
}

function compare(measure: Measure, trials: Trials | undefined): Pick<Figure, 'bound' | 'measured' | 'met'> {
  const { bound } = measure
  const measured = trials === undefined ? null : evaluate(measure, trials)
  if (bound === undefined) return { measured, met: null }
  return { bound, measured, met: measured === null ? null : isMet(bound, measured) }
}

function evaluate(measure: Measure, trials: Trials): number {
  const { values } = sampleOf(trials, measure.trial, measure.of)
  if (measure.against === undefined) return measure.take === 'worst' ? Math.max(...values) : median(values)
  const other = sampleOf(trials, measure.againstTrial ?? measure.trial, measure.against).values
  if (measure.againstTrial !== undefined) return median(values) / median(other)
  return median(values.map((value, round) => value / (other[round] as number)))
}

function sampleOf(trials: Trials, trial: string, name: string): Sample {
  const sample = trials.get(trial)?.[name]
  if (sample === undefined) throw new Error(`There is no sample "${name}" of a trial "${trial}".`)
  return sample
}

function detailsOf({ runtime, trials }: RuntimeOutcome): Detail[] {
  return [...(trials ?? [])].flatMap(([trial, samples]) =>
    Object.entries(samples).map(([name, { unit, values }]) => ({
      trial,
      runtime,
      name,
      unit,
      median: median(values),
      ...(values.length > 1 && { quartiles: quartiles(values), worst: Math.max(...values) }),
      rounds: values.length,
    })),
  )
}

const RESULTS = join(PROJECT, 'bench', 'results')

/** What the trials of a suite have seen over time, by question and trial. Beside the results, which it would swamp. */
export type SuiteSeries = Readonly<Record<string, Readonly<Record<string, Series>>>>

export function saveResult(result: SuiteResult, series: SuiteSeries): void {
  mkdirSync(join(RESULTS, 'series'), { recursive: true })
  writeFileSync(join(RESULTS, `${result.suite}.json`), `${onePerLine(JSON.stringify(result, roundNumber, 2))}\n`)
  if (Object.keys(series).length === 0) return
  writeFileSync(seriesPath(result.suite), `${onePerLine(JSON.stringify(series, undefined, 1))}\n`)
}

function seriesPath(suite: string): string {
  return join(RESULTS, 'series', `${suite}.json`)
}

/** Puts what contains no other objects on one line: a figure, a detail, a column. */
function onePerLine(json: string): string {
  const innermost = /\{[^{}[\]]*\}|\[[^{}[\]]*\]/g
  const withQuartiles = /\{[^{}]*\}/g
  const join = (text: string) => text.replace(/\n */g, ' ')
  return json.replace(innermost, join).replace(withQuartiles, join)
}

const SIGNIFICANT_DIGITS = 5

/** More digits would be noise, in the file and in its history. */
function roundNumber(_key: string, value: unknown): unknown {
  const isFraction = typeof value === 'number' && !Number.isInteger(value)
  return isFraction ? Number(value.toPrecision(SIGNIFICANT_DIGITS)) : value
}

/** Of every suite the latest. */
export function savedResults(): SuiteResult[] {
  return readdirSync(RESULTS)
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => JSON.parse(readFileSync(join(RESULTS, name), 'utf8')) as SuiteResult)
}

export function savedSeries(suite: string): SuiteSeries {
  const path = seriesPath(suite)
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as SuiteSeries) : {}
}

export function savedOutcome({ details }: Answer, series: SuiteSeries[string] = {}): SavedOutcome {
  return {
    median: (trial, sample) => details.find((detail) => detail.trial === trial && detail.name === sample)?.median,
    series: (trial) => series[trial],
  }
}
