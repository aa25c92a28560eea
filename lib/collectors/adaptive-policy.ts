import { CollectionBudget } from './collection-budget.js'
import { type CollectionEngine, engine } from './collection-engine.js'
import type { CollectionPolicy, Counted } from './collection-policy.js'
import { Experience, Pauses } from './experience.js'

// docs/handle-collector.md explains the algorithm. In short: when the count passes the threshold, take what
// the engine has found dead by itself; if that is not enough and the time is paid for, collect what is
// young, and if that brings little, everything. What a kind of collection costs and brings is remembered.

/** A look is taken when so many handles have been opened, as a divisor of the count. */
const LOOK = 64
/**
 * A collection is thought of when it may bring back so many handles, as a divisor of the count; where more of the
 * run time may be spent, for fewer.
 */
const STEP = 10
/** A major collection was worth while that brought back this share of the handles opened since the one before. */
const WORTHWHILE = 0.25
/**
 * A minor one has to bring back more: what survives two of them is old, and when it is dropped later only a
 * major one finds it.
 */
const WORTHWHILE_MINOR = 0.5
/** What makes the next collection wait longer when one was in vain, and how far. */
const BACK_OFF = 2
const MAX_MINOR_BACK_OFF = 16
const MAX_MAJOR_BACK_OFF = 2
/** A minor collection that will probably be in vain must be affordable so many times over. */
const PROBE_PRICE = 2
/** What collections are taken to cost before there was one, in milliseconds: a minor one by the root of the opens. */
const FIRST_MINOR_COST = 0.006
const FIRST_MAJOR_COST_PER_BYTE = 1e-6
/** How many pauses are remembered: minor ones are many, and short enough to be disturbed twice in a row. */
const MINOR_PAUSES = 7
const MAJOR_PAUSES = 3

export class AdaptivePolicy implements CollectionPolicy {
  collections = 0
  readonly #counted: Counted
  readonly #engine: CollectionEngine
  readonly #maxCollectionShare: number
  readonly #step: number
  /** From the first look on. */
  #budget: CollectionBudget | undefined
  #opens = 0
  #nextLookAt = 0
  /** The count when it was last heard of, and how many handles have gone since the last look that nobody closed. */
  #count = 0
  #reclaimed = 0
  #collectionsSeen: number
  #majorsSeen: number

  readonly #minor = new Experience(1)
  readonly #minorCosts = new Pauses(FIRST_MINOR_COST, MINOR_PAUSES)
  #minorBackOff = 1
  #opensAtMinor = 0

  readonly #major = new Experience(0)
  #majorCosts: Pauses | undefined
  #majorBackOff = 1
  #majorAt: number
  /** The fewest handles there were since the last major collection. */
  #floor = 0
  /** And since the last one of any kind. */
  #youngFloor = 0
  #collectedAt: number

  constructor(counted: Counted, maxCollectionShare: number, collectionEngine: CollectionEngine = engine) {
    this.#counted = counted
    this.#engine = collectionEngine
    this.#maxCollectionShare = maxCollectionShare
    this.#step = STEP / (1 - maxCollectionShare)
    this.#collectionsSeen = collectionEngine.collections()
    this.#majorsSeen = collectionEngine.majorCollections()
    this.#majorAt = this.#collectedAt = collectionEngine.now()
  }

  get threshold(): number {
    return Math.max(this.#counted.initialThreshold, this.#count + this.#nextLookAt - this.#opens)
  }

  onGrown(): void {
    this.#opens++
    this.#notice(1)
    if (this.#opens >= this.#nextLookAt && this.#count > this.#counted.initialThreshold) this.#look()
  }

  onShrunk(closedByProgram: number): void {
    this.#notice(-closedByProgram)
  }

  collectAtLimit(): void {
    this.#force('major')
  }

  #notice(change: number): void {
    const { count } = this.#counted
    if (count < this.#count + change) this.#reclaimed += this.#count + change - count
    if (count < this.#floor) this.#floor = count
    if (count < this.#youngFloor) this.#youngFloor = count
    this.#count = count
  }

  #look(): void {
    this.#takeWhatIsDead()
    this.#budget ??= new CollectionBudget(this.#engine, this.#maxCollectionShare)
    if (this.#count > this.#counted.initialThreshold) this.#collect(this.#budget)
    this.#nextLookAt = this.#opens + Math.max(1, Math.floor(this.#count / LOOK))
  }

  /** What the engine has collected of its own accord costs nothing, and teaches as much. */
  #takeWhatIsDead(): void {
    this.#engine.takeDead()
    this.#notice(0)
    const collections = this.#engine.collections()
    if (collections === this.#collectionsSeen) return
    const isMajor = this.#engine.majorCollections() !== this.#majorsSeen
    if (isMajor) this.#learnFromMajor(this.#reclaimed)
    else this.#learnFromMinor(this.#reclaimed)
  }

  #learnFromMinor(broughtBack: number): void {
    const brings = this.#minor.learn(broughtBack, this.#opens)
    const isEnough = broughtBack > 0 && this.#count <= this.#counted.initialThreshold
    const isWorthwhile = isEnough || brings >= WORTHWHILE_MINOR
    this.#minorBackOff = isWorthwhile ? 1 : backOff(this.#minorBackOff, MAX_MINOR_BACK_OFF)
    this.#opensAtMinor = this.#opens
    this.#rememberCollections()
  }

  #learnFromMajor(broughtBack: number): void {
    const isWorthwhile = this.#major.learn(broughtBack, this.#opens) >= WORTHWHILE
    this.#majorBackOff = isWorthwhile ? 1 : backOff(this.#majorBackOff, MAX_MAJOR_BACK_OFF)
    this.#majorAt = this.#engine.now()
    this.#floor = this.#count
    this.#minor.skip(this.#opens)
    this.#rememberCollections()
  }

  #rememberCollections(): void {
    this.#reclaimed = 0
    this.#collectedAt = this.#engine.now()
    this.#youngFloor = this.#count
    this.#collectionsSeen = this.#engine.collections()
    this.#majorsSeen = this.#engine.majorCollections()
  }

  #collect(budget: CollectionBudget): void {
    this.#majorCosts ??= new Pauses(this.#engine.heapBytes() * FIRST_MAJOR_COST_PER_BYTE, MAJOR_PAUSES)
    const majorCost = this.#majorCosts.median
    const minorCost = this.#minorCosts.median * minorEffort(this.#minor.opensSince(this.#opens))
    const minorPays = this.#minorPaysMore(minorCost, majorCost)
    const isWorthwhile = this.#minorBackOff === 1
    const canCollectYoung = (minorPays || isWorthwhile) && this.#minorIsDue() && this.#affordsMinor(budget, minorCost)
    if (minorPays && isWorthwhile) {
      // What is known to be worth while is waited for: a major one would not bring more.
      if (canCollectYoung) this.#collectYoung()
    } else if (this.#majorIsDue() && this.#affordsMajor(budget, majorCost)) {
      this.#collectEverything(this.#majorCosts)
    } else if (canCollectYoung) {
      this.#collectYoung()
    }
  }

  #minorIsDue(): boolean {
    return (this.#opens - this.#opensAtMinor) * this.#step >= this.#minorBackOff * this.#count
  }

  /** Which kind brings back more handles for its time? */
  #minorPaysMore(minorCost: number, majorCost: number): boolean {
    const grown = this.#minorIsDue() ? this.#count - this.#youngFloor : 0
    const young = Math.max(grown, this.#minor.expected(this.#opens))
    return young * majorCost >= this.#expectedDead() * minorCost
  }

  #affordsMinor(budget: CollectionBudget, cost: number): boolean {
    if (this.#minorBackOff > 1) return budget.affords(cost * PROBE_PRICE)
    return budget.isFirstSecond || budget.affordsAfter(cost, this.#engine.now() - this.#collectedAt)
  }

  #expectedDead(): number {
    return Math.min(this.#count, Math.max(this.#count - this.#floor, this.#major.expected(this.#opens)))
  }

  #majorIsDue(): boolean {
    const dead = this.#expectedDead()
    return dead * this.#step >= Math.max(this.#count - dead, this.#counted.initialThreshold)
  }

  #affordsMajor(budget: CollectionBudget, cost: number): boolean {
    return budget.affordsAfter(cost * this.#majorBackOff, this.#engine.now() - this.#majorAt)
  }

  #collectYoung(): void {
    const opens = this.#minor.opensSince(this.#opens)
    const before = this.#count
    const pause = this.#force('minor')
    this.#minorCosts.add(pause / minorEffort(opens))
    this.#learnFromMinor(before - this.#count)
  }

  #collectEverything(costs: Pauses): void {
    const before = this.#count
    costs.add(this.#force('major'))
    this.#learnFromMajor(before - this.#count)
  }

  #force(kind: 'major' | 'minor'): number {
    const pause = this.#engine.collect(kind)
    this.#notice(0)
    if (pause === undefined) return 0
    this.collections++
    return pause
  }
}

/** A part of what a minor collection costs is the same however much is young. */
function minorEffort(opens: number): number {
  return Math.sqrt(opens)
}

function backOff(soFar: number, limit: number): number {
  return Math.min(soFar * BACK_OFF, limit)
}
