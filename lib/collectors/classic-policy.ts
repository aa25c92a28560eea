import { type CollectionEngine, engine } from './collection-engine.js'
import type { CollectionPolicy, Counted } from './collection-policy.js'

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
  readonly #engine: CollectionEngine
  #generation = 0
  /** How many collections, of any kind and major ones, there were when handles were last opened or closed. */
  #seen = 0
  #seenMajor = 0

  constructor(counted: Counted, collectionEngine: CollectionEngine = engine) {
    this.#counted = counted
    this.#engine = collectionEngine
    this.threshold = counted.initialThreshold
  }

  onGrown(): void {
    if (this.#counted.count > this.threshold) this.#passThreshold()
    // Handles may have been closed where no JavaScript runs.
    else this.onShrunk()
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

  #passThreshold(): void {
    const generation = this.#generation
    this.threshold = withDelta(this.#counted.count)
    if (generation < OLDEST) this.#generation++
    if (generation === 0 || !this.#hasCollected(generation)) this.#collect(generation === OLDEST ? 'major' : 'minor')
    this.#remember()
  }

  #collect(kind: 'major' | 'minor'): void {
    if (this.#engine.collect(kind) !== undefined) this.collections++
  }

  #hasCollected(generation: number): boolean {
    return generation === OLDEST
      ? this.#engine.majorCollections() !== this.#seenMajor
      : this.#engine.collections() !== this.#seen
  }

  #remember(): void {
    this.#seen = this.#engine.collections()
    this.#seenMajor = this.#engine.majorCollections()
  }
}
