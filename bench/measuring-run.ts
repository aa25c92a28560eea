import { performance } from 'node:perf_hooks'
import { Agenda, type Item } from './agenda.js'
import { describeCommit, describeMachine } from './machine.js'
import { installedVersions } from './packages.js'
import type { Question } from './question.js'
import { type Answer, type SuiteResult, type SuiteSeries, savedResults } from './results.js'
import type { Runtime } from './runtimes.js'
import { StatusLine } from './status-line.js'
import { countTrials, TrialRunner } from './trial-runner.js'

export interface MeasuredSuite {
  readonly result: SuiteResult
  readonly series: SuiteSeries
}

export interface RunOptions {
  /** As it was typed. */
  readonly command: string
  /** See `runQuickly` of the trials. */
  readonly quickly?: boolean
}

/** Measures suites one after the other, as they are at one commit. */
export class MeasuringRun {
  readonly #suites: ReadonlyMap<string, readonly Question[]>
  readonly #runtimes: readonly Runtime[]
  readonly #quickly: boolean
  readonly #agenda: Agenda
  readonly #common: Pick<SuiteResult, 'run' | 'command' | 'commit' | 'machine' | 'versions' | 'packages'>

  constructor(suites: ReadonlyMap<string, readonly Question[]>, runtimes: readonly Runtime[], options: RunOptions) {
    const { command, quickly = false } = options
    this.#suites = suites
    this.#quickly = quickly
    this.#runtimes = runtimes
    this.#agenda = new Agenda(itemsOf(suites, runtimes, quickly))
    this.#common = {
      run: new Date().toISOString(),
      command,
      // Asked first: a commit made meanwhile is not what is measured.
      commit: describeCommit(),
      machine: describeMachine(),
      versions: runtimes.flatMap(({ executable }) => executable?.version ?? []),
      packages: installedVersions(),
    }
  }

  async *suites(): AsyncGenerator<MeasuredSuite> {
    for (const [suite, questions] of this.#suites) {
      if (questions.length > 0) yield await this.#measure(suite, questions)
    }
  }

  async #measure(suite: string, questions: readonly Question[]): Promise<MeasuredSuite> {
    const start = performance.now()
    const status = new StatusLine(process.stderr)
    const runner = new TrialRunner(suite, {
      runtimes: this.#runtimes,
      agenda: this.#agenda,
      quickly: this.#quickly,
      status,
    })
    const answers: Answer[] = []
    for (const question of questions) answers.push(await runner.ask(question))
    const seconds = Math.round((performance.now() - start) / 1000)
    const date = new Date().toISOString()
    return { result: { suite, date, seconds, ...this.#common, answers }, series: runner.series }
  }
}

/** What earlier runs took tells nothing of a quick one. */
function itemsOf(
  suites: ReadonlyMap<string, readonly Question[]>,
  runtimes: readonly Runtime[],
  quickly: boolean,
): Item[] {
  const saved = new Map(quickly ? [] : savedResults().map(({ suite, answers }) => [suite, answers]))
  return Array.from(suites, ([suite, questions]) =>
    questions.map((question): Item => {
      const seconds = saved.get(suite)?.find(({ id }) => id === question.id)?.seconds
      const trials = countTrials(question, runtimes)
      return { suite, question: question.id, trials, ...(seconds !== undefined && { seconds }) }
    }),
  ).flat()
}
