import { fork } from 'node:child_process'
import { once } from 'node:events'
import { performance } from 'node:perf_hooks'
import { fileURLToPath } from 'node:url'
import type { Agenda } from './agenda.js'
import type { Question, Sample, Samples, Series, Trial } from './question.js'
import { type Answer, answer, failedAnswer, type RuntimeOutcome, type SuiteSeries } from './results.js'
import { CURRENT, type Runtime } from './runtimes.js'
import type { StatusLine } from './status-line.js'
import type { TrialMessage } from './trial-process.js'

const TRIAL_PROCESS = fileURLToPath(new URL('trial-process.js', import.meta.url))

/** A trial that takes longer hangs. */
const MOST_MILLISECONDS = 15 * 60_000

export interface RunnerOptions {
  readonly runtimes: readonly Runtime[]
  readonly agenda: Agenda
  /** See `runQuickly` of the trials. */
  readonly quickly: boolean
  readonly status: StatusLine
}

/** How many trials it takes to ask a question, with all repetitions and on all of the runtimes that are there. */
export function countTrials(question: Question, runtimes: readonly Runtime[]): number {
  const present = runtimesFor(question, runtimes).filter(({ executable }) => executable !== undefined)
  return sequence(question.trials).length * present.length
}

/** Runs the trials of a suite's questions one after the other, each in a process of its own. */
export class TrialRunner {
  readonly #suite: string
  readonly #options: RunnerOptions
  readonly #series: Record<string, Record<string, Series>> = {}

  constructor(suite: string, options: RunnerOptions) {
    this.#suite = suite
    this.#options = options
  }

  /** Never rejects for what a trial or a question does: the others would be lost with it. */
  async ask(question: Question): Promise<Answer> {
    const start = performance.now()
    const outcomes: RuntimeOutcome[] = []
    const failures: string[] = []
    for (const runtime of runtimesFor(question, this.#options.runtimes)) {
      const trials = await this.#runAll(question, runtime).catch((error: Error) => {
        failures.push(question.onEveryRuntime ? `${runtime.name}: ${error.message}` : error.message)
        return undefined
      })
      outcomes.push({ runtime: runtime.name, trials })
    }
    const seconds = Math.round((performance.now() - start) / 100) / 10
    return { ...answerOrFailure(question, outcomes, failures), seconds }
  }

  /** What the trials so far have kept, by question and trial; of the current runtime only. */
  get series(): SuiteSeries {
    return this.#series
  }

  async #runAll(question: Question, { name, executable }: Runtime): Promise<RuntimeOutcome['trials']> {
    if (executable === undefined) return undefined
    const { agenda, status } = this.#options
    const trials = new Map<string, Samples>()
    for (const trial of sequence(question.trials)) {
      const place = question.onEveryRuntime ? ` (${name})` : ''
      status.begin(`[${agenda.next(this.#suite, question.id)}] ${question.id}${place}: ${trial.name}`)
      try {
        const samples = await this.#run(question, trial, executable.path)
        trials.set(trial.name, append(trials.get(trial.name), samples))
      } finally {
        status.end()
      }
    }
    return trials
  }

  async #run(question: Question, trial: Trial, execPath: string): Promise<Samples> {
    const manner = this.#options.quickly ? ['quickly'] : []
    const child = fork(TRIAL_PROCESS, [this.#suite, question.id, trial.name, ...manner], {
      execPath,
      execArgv: ['--expose-gc'],
      timeout: MOST_MILLISECONDS,
      killSignal: 'SIGKILL',
    })
    let samples: Samples | undefined
    child.on('message', (message: TrialMessage) => {
      if ('samples' in message) samples = message.samples
      else if ('series' in message) this.#keep(question, trial, message.series)
      else this.#options.status.show(message.progress)
    })
    const [code, signal] = await once(child, 'close')
    if (samples === undefined || code !== 0) {
      throw new Error(`The trial "${trial.name}" of "${question.id}" ended with ${signal ?? `exit code ${code}`}.`)
    }
    return samples
  }

  #keep(question: Question, trial: Trial, series: Series): void {
    this.#series[question.id] ??= {}
    const ofQuestion = this.#series[question.id] as Record<string, Series>
    ofQuestion[trial.name] ??= series
  }
}

function runtimesFor({ onEveryRuntime }: Question, runtimes: readonly Runtime[]): readonly Runtime[] {
  return onEveryRuntime ? runtimes : [CURRENT]
}

function answerOrFailure(
  question: Question,
  outcomes: readonly RuntimeOutcome[],
  failures: readonly string[],
): Omit<Answer, 'seconds'> {
  if (outcomes.every(({ trials }) => trials === undefined)) return failedAnswer(question, failures)
  try {
    return { ...answer(question, outcomes), ...(failures.length > 0 && { failures }) }
  } catch (error) {
    return failedAnswer(question, [...failures, (error as Error).message])
  }
}

/** All repetitions of all trials: each has its turn once before any has it again, and another one begins. */
function sequence(trials: readonly Trial[]): Trial[] {
  const repetitions = Math.max(0, ...trials.map((trial) => trial.repetitions ?? 1))
  return Array.from({ length: repetitions }, (_, repetition) => {
    const due = trials.filter((trial) => (trial.repetitions ?? 1) > repetition)
    const first = repetition % due.length
    return [...due.slice(first), ...due.slice(0, first)]
  }).flat()
}

function append(before: Samples | undefined, samples: Samples): Samples {
  if (before === undefined) return samples
  return Object.fromEntries(
    Object.entries(samples).map(([name, { unit, values }]): [string, Sample] => {
      return [name, { unit, values: [...(before[name]?.values ?? []), ...values] }]
    }),
  )
}
