import { getHeapStatistics } from 'node:v8'
import { native } from '../binding.js'
import { releaseOrphans } from '../release-table.js'
import { CollectionBudget } from './collection-budget.js'
import type { CollectionPolicy, Counted } from './collection-policy.js'
import { forceCollection } from './forced-collections.js'

// docs/handle-collector.md explains the algorithm. In short: when the count passes the threshold, take what
// the engine has found dead by itself; if that is not enough and the time is paid for, collect what is
// young, and if that brings little, everything. What a kind of collection costs and brings is remembered.

/** The next look comes when the count has grown by this divisor. */
const STEP = 12
/** A collection is worth while that brings back this share of what the count had grown by. */
const WORTHWHILE = 0.25
/** A minor collection that has not been worth while is tried again after so many looks. */
const PROBE_EVERY = 4
/** A major collection that was in vain makes the next one this many times dearer to the budget, up to the limit. */
const BACK_OFF = 2
const MAX_BACK_OFF = 16
/** What a major collection is taken to cost per byte of the heap before there was one. */
const FIRST_MILLISECONDS_PER_BYTE = 1e-6
const FIRST_MINOR_MILLISECONDS = 0.2
/** How much of a new experience goes into the old. */
const LEARNING_RATE = 0.5

export class AdaptivePolicy implements CollectionPolicy {
  threshold: number
  collections = 0
  readonly #counted: Counted
  readonly #budget: CollectionBudget
  /** The fewest handles there were since the last look. */
  #floor = 0
  #majorsSeen = native.majorCollections()

  #minorMilliseconds = FIRST_MINOR_MILLISECONDS
  #minorYield = 1
  #looksWithoutMinor = 0

  #majorMillisecondsPerByte = FIRST_MILLISECONDS_PER_BYTE
  #backOff = 1

  constructor(counted: Counted, maxCollectionShare: number) {
    this.#counted = counted
    this.#budget = new CollectionBudget(maxCollectionShare)
    this.threshold = counted.initialThreshold
  }

  onThresholdPassed(): void {
    if (!this.#takeWhatIsDead()) {
      const before = this.collections
      if (!this.#collectYoung()) this.#collectEverything(before)
    }
    this.#floor = this.#counted.count
    this.#raiseOrLower()
  }

  onGrown(): void {
    this.onShrunk()
  }

  onShrunk(): void {
    const { count } = this.#counted
    if (count >= this.#floor) return
    this.#floor = count
    // A band, so that the threshold does not follow every handle.
    if (withStep(withStep(count)) < this.threshold) this.#raiseOrLower()
  }

  collectAtLimit(): void {
    if (forceCollection('major') !== undefined) this.collections++
  }

  #raiseOrLower(): void {
    this.threshold = Math.max(withStep(this.#counted.count), this.#counted.initialThreshold)
  }

  /** What a collection of the engine's own accord has found costs nothing. Was that enough? */
  #takeWhatIsDead(): boolean {
    native.sweepAfterCollection()
    releaseOrphans()
    const majors = native.majorCollections()
    const hasCollectedEverything = majors !== this.#majorsSeen
    this.#majorsSeen = majors
    return hasCollectedEverything || this.#counted.count <= this.threshold
  }

  #collectYoung(): boolean {
    const isHopeful = this.#minorYield >= WORTHWHILE || ++this.#looksWithoutMinor >= PROBE_EVERY
    if (!isHopeful) return false
    if (!this.#budget.isFirstSecond && !this.#budget.affords(this.#minorMilliseconds)) return false
    this.#looksWithoutMinor = 0
    const before = this.#counted.count
    const pause = forceCollection('minor')
    if (pause === undefined) return false
    this.collections++
    const share = (before - this.#counted.count) / Math.max(1, before - this.#floor)
    this.#minorMilliseconds += (pause - this.#minorMilliseconds) * LEARNING_RATE
    this.#minorYield += (share - this.#minorYield) * LEARNING_RATE
    return share >= WORTHWHILE
  }

  #collectEverything(collectionsBefore: number): void {
    const bytes = getHeapStatistics().used_heap_size
    if (!this.#budget.affords(bytes * this.#majorMillisecondsPerByte * this.#backOff)) return
    const before = this.#counted.count
    const pause = forceCollection('major')
    if (pause === undefined) return
    // A minor one just before was a part of this.
    this.collections = collectionsBefore + 1
    this.#majorsSeen = native.majorCollections()
    const share = (before - this.#counted.count) / Math.max(1, before - this.#floor)
    this.#majorMillisecondsPerByte += (pause / bytes - this.#majorMillisecondsPerByte) * LEARNING_RATE
    this.#backOff = share >= WORTHWHILE ? 1 : Math.min(this.#backOff * BACK_OFF, MAX_BACK_OFF)
  }
}

function withStep(count: number): number {
  return count + Math.max(1, Math.floor(count / STEP))
}
