import type { CollectionEngine } from '../../lib/collectors/collection-engine.js'
import type { CollectionPolicy } from '../../lib/collectors/collection-policy.js'

// An engine with a clock of its own, for policies: the same run gives the same numbers, whatever else the
// machine does. What collections cost is taken from measurements, rounded; what matters is that minor ones
// cost by what is young, major ones by what is on the heap, and that an object that survived two
// collections is found dead by major ones only.

const MINOR = { perDead: 0.00025, perSurvivor: 0.0006 }
const MAJOR_PER_HANDLE = 0.00025
/** The engine collects what is young by itself when so many handles were opened. */
const OPENS_BETWEEN_MINOR = 12_000

export interface SimulatedHandle {
  isDead: boolean
}

interface ForcedCollection {
  readonly at: number
  readonly milliseconds: number
}

export interface SimulatedEngineOptions {
  /** What a major collection takes, without handles. Default 5, as on a small heap */
  readonly heapMilliseconds?: number
  /** What a minor collection takes beside that for what is young. Default 0.12, as on a small heap */
  readonly minorMilliseconds?: number
  /** The collector's. Default 1000 */
  readonly initialThreshold?: number
}

export class SimulatedEngine implements CollectionEngine {
  readonly initialThreshold: number
  /** Open handles, dead ones included: what a collector counts. */
  count = 0
  reachable = 0
  /** The most handles at once, to what could be reached at that moment or the threshold. */
  peak = 1
  readonly forced: ForcedCollection[] = []
  minor = 0
  major = 0
  policy: CollectionPolicy | undefined
  #now = 0
  #forcedMilliseconds = 0
  #own = 0
  readonly #heapMilliseconds: number
  readonly #minorMilliseconds: number
  #nursery = new Set<SimulatedHandle>()
  #survivors = new Set<SimulatedHandle>()
  readonly #dead = new Set<SimulatedHandle>()
  #opensSinceMinor = 0
  #random = 0x9e3779b9
  #passedAt = Number.POSITIVE_INFINITY

  constructor({
    heapMilliseconds = 5,
    minorMilliseconds = 0.12,
    initialThreshold = 1000,
  }: SimulatedEngineOptions = {}) {
    this.#minorMilliseconds = minorMilliseconds
    this.#heapMilliseconds = heapMilliseconds
    this.initialThreshold = initialThreshold
  }

  now = (): number => this.#now
  threadMilliseconds = (): number => this.#now
  forcedMilliseconds = (): number => this.#forcedMilliseconds
  heapBytes = (): number => this.#heapMilliseconds * 1e6
  takeDead = (): void => {}
  collections = (): number => this.minor + this.major + this.#own
  majorCollections = (): number => this.major

  collect = (kind: 'major' | 'minor'): number => {
    const milliseconds = kind === 'minor' ? this.#minorCost() : this.#heapMilliseconds + this.count * MAJOR_PER_HANDLE
    if (kind === 'minor') this.#collectYoung()
    else this.#collectEverything()
    this[kind]++
    this.forced.push({ at: this.#now, milliseconds })
    this.#forcedMilliseconds += milliseconds
    this.#now += milliseconds
    return milliseconds
  }

  /** Opens a handle, and works with it for so long. */
  open(milliseconds: number): SimulatedHandle {
    const handle = { isDead: false }
    this.#nursery.add(handle)
    this.count++
    this.reachable++
    this.#now += milliseconds
    if (++this.#opensSinceMinor > OPENS_BETWEEN_MINOR) {
      this.#now += this.#minorCost()
      this.#collectYoung()
      this.#own++
    }
    if (this.count > this.initialThreshold) this.#passedAt = Math.min(this.#passedAt, this.#now)
    this.policy?.onGrown()
    this.peak = Math.max(this.peak, this.count / Math.max(this.reachable, this.initialThreshold))
    return handle
  }

  dispose(handle: SimulatedHandle): void {
    this.#nursery.delete(handle)
    this.#survivors.delete(handle)
    this.count--
    this.reachable--
    this.policy?.onShrunk(1)
  }

  /** The last reference to an open handle goes. */
  drop(handle: SimulatedHandle): void {
    handle.isDead = true
    this.#dead.add(handle)
    this.reachable--
  }

  /** From 0 up to 1, the same sequence in every run. */
  random(): number {
    let x = this.#random
    x ^= x << 13
    x ^= x >>> 17
    x ^= x << 5
    this.#random = x
    return (x >>> 0) / 2 ** 32
  }

  /** When a second of the program's own work is over since the threshold was passed for the first time. */
  firstSecondEnds(): number {
    let end = this.#passedAt + 1000
    for (const { at, milliseconds } of this.forced) if (at < end) end += milliseconds
    return end
  }

  /** The share of the time since `from` that forced collections took. */
  shareSince(from: number): number {
    const later = this.forced.filter(({ at }) => at >= from)
    return later.reduce((sum, { milliseconds }) => sum + milliseconds, 0) / (this.#now - from)
  }

  #minorCost(): number {
    let dead = 0
    for (const handles of [this.#nursery, this.#survivors]) for (const { isDead } of handles) if (isDead) dead++
    const survivors = this.#nursery.size + this.#survivors.size - dead
    return this.#minorMilliseconds + MINOR.perDead * dead + MINOR.perSurvivor * survivors
  }

  #collectYoung(): void {
    for (const handles of [this.#nursery, this.#survivors]) {
      for (const handle of handles) {
        if (!handle.isDead) continue
        handles.delete(handle)
        this.#dead.delete(handle)
        this.count--
      }
    }
    this.#survivors = this.#nursery
    this.#nursery = new Set()
    this.#opensSinceMinor = 0
  }

  #collectEverything(): void {
    this.count -= this.#dead.size
    this.#dead.clear()
    this.#nursery.clear()
    this.#survivors.clear()
    this.#opensSinceMinor = 0
  }
}
