// When to write. A process that is killed loses what was not, and so does one that hangs in synchronous code
// and is killed then: no timer runs there. So what happens after a quiet time is written at once, and only
// what comes in crowds waits, up to a size that deflates well.

/** As many bytes are worth a block: about a thousand events. */
const FULL_BYTES = 8192
/** Nothing waits longer, as long as anything happens. */
export const MAX_WAIT_MS = 250
/** This share of the time may go into writing early. */
const EARLY_SHARE = 0.003
/** Saved up while nothing is written: some hundreds of small blocks. */
const EARLY_BUDGET_MS = 20

export class FlushPolicy {
  #lastAt: number
  #budget = EARLY_BUDGET_MS
  /** Of a small block. */
  #cost = 0.05

  /** @param at milliseconds, as everywhere in here */
  constructor(at: number) {
    this.#lastAt = at
  }

  isDue(at: number, waitingBytes: number): boolean {
    const waited = at - this.#lastAt
    if (waitingBytes >= FULL_BYTES || waited >= MAX_WAIT_MS) return true
    return this.#budgetAt(at) >= this.#cost
  }

  /** @param end when writing was done */
  noteFlush(at: number, end: number, bytes: number): void {
    const cost = end - at
    const wasEarly = bytes < FULL_BYTES
    this.#budget = this.#budgetAt(at) - (wasEarly ? cost : 0)
    if (wasEarly) this.#cost += (cost - this.#cost) / 8
    this.#lastAt = end
  }

  #budgetAt(at: number): number {
    return Math.min(EARLY_BUDGET_MS, this.#budget + (at - this.#lastAt) * EARLY_SHARE)
  }
}
