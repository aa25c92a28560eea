import type { CollectionEngine } from './collection-engine.js'

/**
 * So long a budget is not yet held to its share: too little is known, and short programs end before that. Of the
 * thread's own work, without collections and without waiting for a processor: what a program can do in that time
 * should not depend on how busy the machine is.
 */
const FIRST_MILLISECONDS = 1000
/** What may be spent on major collections meanwhile, besides what is earned. */
const INITIAL_SAVINGS = 10
/** How much of what was earned then may be spent later. */
const CARRIED_OVER = 0.25
/** What a quiet time may save for a busy one. */
const MAX_SAVINGS = 1000
/** How far what is done regularly may overdraw, so that one slow collection does not hold up the next. */
const OVERDRAFT = 10

/**
 * Keeps the time that forced collections take within a share of the run time. Time earns, a collection
 * spends, and one is only affordable when it is paid for in advance: so the share holds at every moment,
 * and not only on average. All forced collections of the thread spend, whoever forced them.
 */
export class CollectionBudget {
  readonly #engine: CollectionEngine
  readonly #share: number
  /** What the thread had run by then, without forced collections. */
  readonly #startedAt: number
  #savings = INITIAL_SAVINGS
  /** What costs more than can be saved could never be had. */
  #largestPrice = 0
  #earnedUntil: number
  #spentUntil: number
  #isFirst = true

  /** @param share from 0, nothing at all, to 1, everything */
  constructor(engine: CollectionEngine, share: number) {
    this.#engine = engine
    this.#share = share
    this.#earnedUntil = engine.now()
    this.#spentUntil = engine.forcedMilliseconds()
    this.#startedAt = this.#ownMilliseconds()
  }

  /** Whether the budget is not yet held to its share. */
  get isFirstSecond(): boolean {
    this.#update()
    return this.#isFirst && this.#share > 0
  }

  /** Whether `milliseconds` may be spent now. */
  affords(milliseconds: number): boolean {
    return this.#affordsTimes(1, milliseconds)
  }

  /**
   * The same for something that is to be done again and again, `elapsed` milliseconds after the last time.
   * What comes sooner than the budget could go on paying for must be affordable more often over: so savings
   * are spread out instead of spent in a row.
   */
  affordsAfter(milliseconds: number, elapsed: number): boolean {
    const sustainable = this.#priceOf(milliseconds) / this.#share
    if (elapsed >= sustainable) return this.#affordsTimes(1, milliseconds, OVERDRAFT)
    return this.#affordsTimes(sustainable / elapsed, milliseconds)
  }

  #affordsTimes(times: number, milliseconds: number, overdraft = 0): boolean {
    if (this.#share >= 1) return true
    const price = this.#priceOf(milliseconds)
    this.#largestPrice = Math.max(this.#largestPrice, price)
    this.#update()
    return this.#share > 0 && times * price <= this.#savings + overdraft
  }

  /** Run time passes during a collection, too, and earns. */
  #priceOf(milliseconds: number): number {
    return milliseconds * (1 - this.#share)
  }

  #ownMilliseconds(): number {
    return this.#engine.threadMilliseconds() - this.#engine.forcedMilliseconds()
  }

  #update(): void {
    const now = this.#engine.now()
    const spent = this.#engine.forcedMilliseconds()
    this.#savings += this.#share * (now - this.#earnedUntil) - (spent - this.#spentUntil)
    this.#savings = Math.min(this.#savings, Math.max(MAX_SAVINGS, this.#largestPrice))
    this.#earnedUntil = now
    this.#spentUntil = spent
    if (!this.#isFirst || this.#ownMilliseconds() - this.#startedAt < FIRST_MILLISECONDS) return
    this.#isFirst = false
    this.#savings = Math.max(0, Math.min(this.#savings, CARRIED_OVER * this.#share * FIRST_MILLISECONDS))
  }
}
