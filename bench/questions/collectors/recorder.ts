import { performance } from 'node:perf_hooks'
import type { Series } from '../../question.js'

const POINTS = 120

/** Live and reachable handles over time, thinned out: of each stretch of opens the moment with most live handles. */
export class Recorder {
  readonly #opensPerPoint: number
  readonly #milliseconds: number[] = []
  readonly #live: number[] = []
  readonly #reachable: number[] = []
  #start = 0
  #opens = 0
  #most = -1
  #at = 0
  #reachableThen = 0

  constructor(opens: number) {
    this.#opensPerPoint = Math.ceil(opens / POINTS)
  }

  begin(): void {
    this.#start = performance.now()
  }

  look(live: number, reachable: number): void {
    if (live > this.#most) {
      this.#most = live
      this.#reachableThen = reachable
      this.#at = performance.now()
    }
    if (++this.#opens === this.#opensPerPoint) this.#keep()
  }

  #keep(): void {
    this.#milliseconds.push(Math.round(this.#at - this.#start))
    this.#live.push(this.#most)
    this.#reachable.push(this.#reachableThen)
    this.#opens = 0
    this.#most = -1
  }

  get series(): Series {
    if (this.#opens > 0) this.#keep()
    return { milliseconds: this.#milliseconds, live: this.#live, reachable: this.#reachable }
  }
}
