import type { Timeline } from './recording.js'
import { TICKS_PER_MILLISECOND } from './rows.js'

/** A recording of any length becomes at most so many intervals, and the end. */
const MAX_INTERVALS = 1000
const FIRST_WIDTH_MS = 10

/** The live handles and native bytes of one kind, over time. */
export class KindSeries {
  /** The most at once, in each interval. */
  readonly live: number[] = []
  readonly liveBytes: number[] = []
  currentLive = 0
  currentBytes = 0

  /** After a change: the interval now has this much at least. */
  note(): void {
    const last = this.live.length - 1
    if (this.currentLive > (this.live[last] as number)) this.live[last] = this.currentLive
    if (this.currentBytes > (this.liveBytes[last] as number)) this.liveBytes[last] = this.currentBytes
  }
}

/**
 * Divides time into equal intervals, and keeps the most of each. When there are too many, two become one: the
 * most stays exact.
 */
export class TimelineBuilder {
  readonly #kinds = new Map<string, KindSeries>()
  readonly #maxIntervals: number
  #width = FIRST_WIDTH_MS
  #rss: (number | undefined)[] = [undefined]

  constructor(maxIntervals = MAX_INTERVALS) {
    this.#maxIntervals = maxIntervals
  }

  /** To be called once for each kind. */
  kind(name: string): KindSeries {
    const series = new KindSeries()
    for (let i = 0; i < this.#rss.length; i++) {
      series.live.push(0)
      series.liveBytes.push(0)
    }
    this.#kinds.set(name, series)
    return series
  }

  /** To be called before anything that happened at that time is noted. */
  advance(at: number): void {
    let interval = Math.floor(at / this.#width)
    if (interval < this.#rss.length) return
    while (interval >= this.#maxIntervals) {
      this.#halve()
      interval = Math.floor(at / this.#width)
    }
    while (this.#rss.length <= interval) this.#addInterval()
  }

  memory(residentBytes: number): void {
    const last = this.#rss.length - 1
    this.#rss[last] = Math.max(this.#rss[last] ?? 0, residentBytes)
  }

  /** The last column is the end itself. */
  finish(at: number): Timeline {
    this.advance(at)
    const starts = this.#rss.map((_, interval) => interval * this.#width)
    // What happened in the last interval is not hidden by how it ended.
    const end = Math.max(at, (starts.at(-1) as number) + 1 / TICKS_PER_MILLISECOND)
    const rss = filled(this.#rss)
    const kinds: Record<string, { live: number[]; liveBytes: number[] }> = Object.create(null)
    for (const [name, { live, liveBytes, currentLive, currentBytes }] of this.#kinds) {
      kinds[name] = { live: [...live, currentLive], liveBytes: [...liveBytes, currentBytes] }
    }
    return { at: [...starts, end], rss: [...rss, rss.at(-1) as number], kinds }
  }

  #addInterval(): void {
    this.#rss.push(undefined)
    for (const series of this.#kinds.values()) {
      series.live.push(series.currentLive)
      series.liveBytes.push(series.currentBytes)
    }
  }

  #halve(): void {
    this.#width *= 2
    this.#rss = halved(this.#rss)
    for (const series of this.#kinds.values()) {
      replace(series.live, halved(series.live))
      replace(series.liveBytes, halved(series.liveBytes))
    }
  }
}

function halved<T extends number | undefined>(values: readonly T[]): T[] {
  const result: T[] = []
  for (let i = 0; i < values.length; i += 2) {
    const [a, b] = [values[i] as T, values[i + 1] as T]
    result.push(a === undefined || (b ?? 0) > a ? b : a)
  }
  return result
}

function replace(target: number[], values: readonly number[]): void {
  target.length = 0
  for (const value of values) target.push(value)
}

/** Memory is not looked at in every interval: what was seen last holds on. */
function filled(values: readonly (number | undefined)[]): number[] {
  let last = values.find((value) => value !== undefined) ?? 0
  return values.map((value) => {
    last = value ?? last
    return last
  })
}
