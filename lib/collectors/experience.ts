/** How much of a new experience goes into the old. */
const LEARNING_RATE = 0.5
/** Of how many pauses the median is taken: a single one may have been disturbed. */
const PAUSES = 3

/** What one kind of forced collection has cost and brought back lately. */
export class Experience {
  readonly #pauses: number[]
  /** Handles brought back for each that was opened since the time before. */
  #yield: number
  #opensThen = 0

  /** @param firstMilliseconds, firstYield what to expect before there was one */
  constructor(firstMilliseconds: number, firstYield: number) {
    this.#pauses = [firstMilliseconds]
    this.#yield = firstYield
  }

  /** How long the next one will take. */
  get milliseconds(): number {
    const sorted = [...this.#pauses].sort((a, b) => a - b)
    return sorted[Math.floor((sorted.length - 1) / 2)] as number
  }

  /** How many handles the next one will bring back, when so many were ever opened. */
  expected(opens: number, leastYield: number): number {
    return Math.max(this.#yield, leastYield) * (opens - this.#opensThen)
  }

  /** Returns how many came back this time for each that was opened since the time before. */
  learn(milliseconds: number, broughtBack: number, opens: number): number {
    this.#pauses.push(milliseconds)
    if (this.#pauses.length > PAUSES) this.#pauses.shift()
    const now = broughtBack / Math.max(1, opens - this.#opensThen)
    this.#yield += (now - this.#yield) * LEARNING_RATE
    this.#opensThen = opens
    return now
  }

  /** Another collection has taken the handles that this one would have brought back. */
  skip(opens: number): void {
    this.#opensThen = opens
  }
}
