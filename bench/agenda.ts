import { performance } from 'node:perf_hooks'

/** Trials of a question that will be run. */
export interface Item {
  readonly suite: string
  readonly question: string
  readonly trials: number
  /** How long the question took when it was asked last; undefined: not known. */
  readonly seconds?: number
}

/** What is still to be done, and how long it will take by what earlier runs took and by how this one goes. */
export class Agenda {
  readonly #total: number
  readonly #secondsOfTrial = new Map<string, number>()
  readonly #now: () => number
  readonly #start: number
  #begun = 0
  /** What the trials that were begun, and all of them, took in earlier runs. */
  #expectedOfBegun = 0
  readonly #expectedOfAll: number
  #expectedOfLast = 0

  constructor(items: readonly Item[], now: () => number = () => performance.now()) {
    this.#total = items.reduce((sum, { trials }) => sum + trials, 0)
    const known = items.filter(({ seconds }) => seconds !== undefined)
    const knownTrials = known.reduce((sum, { trials }) => sum + trials, 0)
    const mean = known.reduce((sum, { seconds = 0 }) => sum + seconds, 0) / knownTrials
    for (const { suite, question, trials, seconds } of items) {
      this.#secondsOfTrial.set(`${suite}/${question}`, seconds === undefined ? mean : seconds / trials)
    }
    const expected = items.map(({ suite, question, trials }) => this.#expected(suite, question) * trials)
    this.#expectedOfAll = expected.reduce((sum, seconds) => sum + seconds, 0)
    this.#now = now
    this.#start = now()
  }

  /** To be called before each trial. Returns its number, and how long all that is left will take where that is known. */
  next(suite: string, question: string): string {
    this.#expectedOfBegun += this.#expectedOfLast
    this.#expectedOfLast = this.#expected(suite, question)
    const place = `${++this.#begun}/${this.#total}`
    const left = this.#secondsLeft()
    return Number.isFinite(left) ? `${place}, ${roughly(left)} left` : place
  }

  /** By the trials alone where no earlier run tells more. */
  #secondsLeft(): number {
    const elapsed = (this.#now() - this.#start) / 1000
    const done = this.#begun - 1
    if (!Number.isFinite(this.#expectedOfAll)) return (elapsed / done) * (this.#total - done)
    // At first the pace of this run says little.
    const pace = this.#expectedOfBegun > 0 ? (elapsed + 60) / (this.#expectedOfBegun + 60) : 1
    return (this.#expectedOfAll - this.#expectedOfBegun) * pace
  }

  #expected(suite: string, question: string): number {
    return this.#secondsOfTrial.get(`${suite}/${question}`) ?? Number.NaN
  }
}

function roughly(seconds: number): string {
  return seconds < 90 ? `${Math.max(5, Math.round(seconds / 5) * 5)} s` : `${Math.round(seconds / 60)} min`
}
