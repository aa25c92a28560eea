import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Question, Samples, Trial } from './question.js'
import { type Answer, answer, type RuntimeOutcome } from './results.js'
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

  constructor(suite: string, questions: readonly Question[], runtimes: readonly Runtime[], status: StatusLine) {
    this.#suite = suite
    this.#runtimes = runtimes
    this.#status = status
    const counts = questions.map((question) => question.trials.length * this.#present(question).length)
    this.#total = counts.reduce((sum, count) => sum + count, 0)
  }

  async ask(question: Question): Promise<Answer> {
    const outcomes: RuntimeOutcome[] = []
    for (const runtime of this.#runtimesFor(question)) {
      outcomes.push({ runtime: runtime.name, trials: await this.#runAll(question, runtime) })
    }
    return answer(question, outcomes)
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
    for (const trial of question.trials) {
      const place = question.onEveryRuntime ? ` (${name})` : ''
      this.#status.begin(`[${++this.#begun}/${this.#total}] ${question.id}${place}: ${trial.name}`)
      try {
        trials.set(trial.name, await this.#run(question, trial, executable.path))
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
      else this.#status.show(message.progress)
    })
    const [code, signal] = await once(child, 'close')
    if (samples === undefined || code !== 0) {
      throw new UserError(`The trial "${trial.name}" of "${question.id}" ended with ${signal ?? `exit code ${code}`}.`)
    }
    return samples
  }
}
