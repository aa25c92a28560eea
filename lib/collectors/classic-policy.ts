import { native } from '../binding.js'
import type { CollectionPolicy, Counted } from './collection-policy.js'
import { forceCollection } from './forced-collections.js'

// The algorithm of .NET's HandleCollector, to the letter: System.Runtime.InteropServices, HandleCollector.cs.
// Its generations 0 and 1 are a minor collection here, 2 is a major one. It does not sleep.

/** A divisor: integers, as there. */
const DELTA = 10
const OLDEST = 2

function withDelta(count: number): number {
  return count + Math.floor(count / DELTA)
}

export class ClassicPolicy implements CollectionPolicy {
  threshold: number
  collections = 0
  readonly #counted: Counted
  #generation = 0
  /** How many collections, of any kind and major ones, there were when handles were last opened or closed. */
  #seen = 0
  #seenMajor = 0

  constructor(counted: Counted) {
    this.#counted = counted
    this.threshold = counted.initialThreshold
  }

  onThresholdPassed(): void {
    const generation = this.#generation
    this.threshold = withDelta(this.#counted.count)
    if (generation < OLDEST) this.#generation++
    if (generation === 0 || !this.#hasCollected(generation)) this.#collect(generation === OLDEST ? 'major' : 'minor')
    this.#remember()
  }

  onGrown(): void {
    // Handles may have been closed where no JavaScript runs.
    this.onShrunk()
  }

  onShrunk(): void {
    const lower = withDelta(this.#counted.count)
    if (lower < this.threshold - Math.floor(this.threshold / DELTA)) {
      this.threshold = Math.max(lower, this.#counted.initialThreshold)
      this.#generation = 0
    }
    // Only what comes right before the threshold is passed matters.
    if (this.#counted.count >= this.threshold) this.#remember()
  }

  collectAtLimit(): void {
    this.#collect('major')
  }

  #collect(kind: 'major' | 'minor'): void {
    if (forceCollection(kind) !== undefined) this.collections++
  }

  #hasCollected(generation: number): boolean {
    return generation === OLDEST ? native.majorCollections() !== this.#seenMajor : native.collections() !== this.#seen
  }

  #remember(): void {
    this.#seen = native.collections()
    this.#seenMajor = native.majorCollections()
  }
}
