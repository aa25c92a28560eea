import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Question, Sample, Samples, Series, Trial } from './question.js'
import { type Answer, answer, type RuntimeOutcome, type SuiteSeries } from './results.js'
import { CURRENT, type Runtime } from './runtimes.js'
import type { StatusLine } from './status-line.js'
import type { TrialMessage } from './trial-process.js'
import { UserError } from './user-error.js'

const TRIAL_PROCESS = fileURLToPath(new URL('trial-process.js', import.meta.url))

/** Runs the trials of the questions one after the other, each in a process of its own. */
export class TrialRunner {
  readonly #suite: string
  readonly #runtimes: readonly Runtime[]
  readonly #status: StatusLine
  readonly #total: number
  #begun = 0
  readonly #series: Record<string, Record<string, Series>> = {}

  constructor(suite: string, questions: readonly Question[], runtimes: readonly Runtime[], status: StatusLine) {
    this.#suite = suite
    this.#runtimes = runtimes
    this.#status = status
    const counts = questions.map((question) => sequence(question.trials).length * this.#present(question).length)
    this.#total = counts.reduce((sum, count) => sum + count, 0)
  }

  async ask(question: Question): Promise<Answer> {
    const outcomes: RuntimeOutcome[] = []
    for (const runtime of this.#runtimesFor(question)) {
      outcomes.push({ runtime: runtime.name, trials: await this.#runAll(question, runtime) })
    }
    return answer(question, outcomes)
  }

  /** What the trials so far have kept, by question and trial; of the current runtime only. */
  get series(): SuiteSeries {
    return this.#series
  }

  #runtimesFor(question: Question): readonly Runtime[] {
    return question.onEveryRuntime ? this.#runtimes : [CURRENT]
  }

  #present(question: Question): readonly Runtime[] {
    return this.#runtimesFor(question).filter(({ executable }) => executable !== undefined)
  }

  async #runAll(question: Question, { name, executable }: Runtime): Promise<RuntimeOutcome['trials']> {
    if (executable === undefined) return undefined
    const trials = new Map<string, Samples>()
    for (const trial of sequence(question.trials)) {
      const place = question.onEveryRuntime ? ` (${name})` : ''
      this.#status.begin(`[${++this.#begun}/${this.#total}] ${question.id}${place}: ${trial.name}`)
      try {
        const samples = await this.#run(question, trial, executable.path)
        trials.set(trial.name, append(trials.get(trial.name), samples))
      } finally {
        this.#status.end()
      }
    }
    return trials
  }

  async #run(question: Question, trial: Trial, execPath: string): Promise<Samples> {
    const child = fork(TRIAL_PROCESS, [this.#suite, question.id, trial.name], { execPath, execArgv: ['--expose-gc'] })
    let samples: Samples | undefined
    child.on('message', (message: TrialMessage) => {
      if ('samples' in message) samples = message.samples
      else if ('series' in message) this.#keep(question, trial, message.series)
      else this.#status.show(message.progress)
    })
    const [code, signal] = await once(child, 'close')
    if (samples === undefined || code !== 0) {
      throw new UserError(`The trial "${trial.name}" of "${question.id}" ended with ${signal ?? `exit code ${code}`}.`)
    }
    return samples
  }

  #keep(question: Question, trial: Trial, series: Series): void {
    this.#series[question.id] ??= {}
    const ofQuestion = this.#series[question.id] as Record<string, Series>
    ofQuestion[trial.name] ??= series
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
