import { CollectionBudget } from './collection-budget.js'
import { type CollectionEngine, engine } from './collection-engine.js'
import type { CollectionPolicy, Counted } from './collection-policy.js'
import { Experience } from './experience.js'

// docs/handle-collector.md explains the algorithm. In short: when the count passes the threshold, take what
// the engine has found dead by itself; if that is not enough and the time is paid for, collect what is
// young, and if that brings little, everything. What a kind of collection costs and brings is remembered.

/** A look is taken when so many handles have been opened, as a divisor of the count. */
const LOOK = 64
/** A collection is thought of when it may bring back so many handles, as a divisor of the count. */
const STEP = 12
/** A collection was worth while that brought back this share of the handles opened since the one before. */
const WORTHWHILE = 0.25
/** What makes the next collection wait longer when one was in vain, and how far. */
const BACK_OFF = 2
const MAX_MINOR_BACK_OFF = 32
const MAX_MAJOR_BACK_OFF = 2
/** How far minor collections may overdraw the budget, so that one slow one does not hold up the next. */
const MINOR_OVERDRAFT = 10
/** What collections are taken to cost before there was one; major ones for each byte of the heap. */
const FIRST_MINOR_MILLISECONDS = 0.2
const FIRST_MAJOR_MILLISECONDS_PER_BYTE = 1e-6

export class AdaptivePolicy implements CollectionPolicy {
  threshold: number
  collections = 0
  readonly #counted: Counted
  readonly #engine: CollectionEngine
  readonly #budget: CollectionBudget
  #opens = 0
  #nextLookAt = 0
  readonly #minor = new Experience(FIRST_MINOR_MILLISECONDS, 1)
  #minorBackOff = 1
  #opensAtMinor = 0
  #major: Experience | undefined
  #majorBackOff = 1
  #majorsSeen: number
  /** The fewest handles there were since the last major collection, the engine's own included. */
  #floor = 0

  constructor(counted: Counted, maxCollectionShare: number, collectionEngine: CollectionEngine = engine) {
    this.#counted = counted
    this.#engine = collectionEngine
    this.#budget = new CollectionBudget(collectionEngine, maxCollectionShare)
    this.#majorsSeen = collectionEngine.majorCollections()
    this.threshold = counted.initialThreshold
  }

  onGrown(): void {
    const { count } = this.#counted
    this.#opens++
    if (count < this.#floor) this.#floor = count
    if (count > this.#counted.initialThreshold && this.#opens >= this.#nextLookAt) this.#look()
  }

  onShrunk(): void {
    const { count } = this.#counted
    if (count < this.#floor) this.#floor = count
  }

  collectAtLimit(): void {
    if (this.#engine.collect('major') !== undefined) this.collections++
  }

  #look(): void {
    this.#takeWhatIsDead()
    if (this.#counted.count > this.#counted.initialThreshold) this.#collect()
    this.#nextLookAt = this.#opens + Math.max(1, Math.floor(this.#counted.count / LOOK))
  }

  /** What a collection of the engine's own accord has found costs nothing. */
  #takeWhatIsDead(): void {
    this.#engine.takeDead()
    const majors = this.#engine.majorCollections()
    if (majors === this.#majorsSeen) return
    this.#majorsSeen = majors
    this.#major?.skip(this.#opens)
    this.#floor = this.#counted.count
  }

  #collect(): void {
    this.#major ??= new Experience(this.#engine.heapBytes() * FIRST_MAJOR_MILLISECONDS_PER_BYTE, 0)
    if (this.#minorIsDue() && this.#minorPaysMore(this.#major)) this.#collectYoung()
    else if (this.#majorIsDue(this.#major)) this.#collectEverything(this.#major)
  }

  #minorIsDue(): boolean {
    return (this.#opens - this.#opensAtMinor) * STEP >= this.#minorBackOff * this.#counted.count
  }

  /** Which kind brings back more handles for its time? */
  #minorPaysMore(major: Experience): boolean {
    const perMinor = this.#minor.expected(this.#opens, WORTHWHILE) / this.#minor.milliseconds
    return perMinor >= this.#expectedDead(major) / major.milliseconds
  }

  #expectedDead(major: Experience): number {
    const { count } = this.#counted
    return Math.min(count, Math.max(count - this.#floor, major.expected(this.#opens, 0)))
  }

  #majorIsDue(major: Experience): boolean {
    const { count, initialThreshold } = this.#counted
    const dead = this.#expectedDead(major)
    return dead * STEP >= Math.max(count - dead, initialThreshold)
  }

  #collectYoung(): void {
    const isFree = this.#budget.isFirstSecond
    if (!isFree && !this.#budget.affords(this.#minor.milliseconds - MINOR_OVERDRAFT)) return
    this.#opensAtMinor = this.#opens
    const share = this.#force('minor', this.#minor)
    this.#minorBackOff = share >= WORTHWHILE ? 1 : Math.min(this.#minorBackOff * BACK_OFF, MAX_MINOR_BACK_OFF)
  }

  #collectEverything(major: Experience): void {
    if (!this.#budget.affords(major.milliseconds * this.#majorBackOff)) return
    const share = this.#force('major', major)
    this.#majorBackOff = share >= WORTHWHILE ? 1 : Math.min(this.#majorBackOff * BACK_OFF, MAX_MAJOR_BACK_OFF)
    this.#minor.skip(this.#opens)
    this.#majorsSeen = this.#engine.majorCollections()
    this.#floor = this.#counted.count
  }

  /** Returns how many handles came back for each that was opened since the last time. */
  #force(kind: 'major' | 'minor', experience: Experience): number {
    const before = this.#counted.count
    const pause = this.#engine.collect(kind)
    if (pause === undefined) return 0
    this.collections++
    return experience.learn(pause, before - this.#counted.count, this.#opens)
  }
}
