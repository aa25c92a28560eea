/** How much of a new experience goes into the old. */
const LEARNING_RATE = 0.5

/** What one kind of collection has cost and brought back lately. */
export class Experience {
  /** Handles brought back for each that was opened since the time before. */
  #yield: number
  #opensThen = 0

  /** @param firstYield what to expect before there was one */
  constructor(firstYield: number) {
    this.#yield = firstYield
  }

  /** How many handles were opened since the last one, when so many were ever opened. */
  opensSince(opens: number): number {
    return opens - this.#opensThen
  }

  /** How many handles the next one will bring back. */
  expected(opens: number): number {
    return this.#yield * this.opensSince(opens)
  }

  /** Returns how many came back this time for each that was opened since the time before. */
  learn(broughtBack: number, opens: number): number {
    const now = broughtBack / Math.max(1, this.opensSince(opens))
    this.#yield += (now - this.#yield) * LEARNING_RATE
    this.#opensThen = opens
    return now
  }

  /** Another collection has taken what this one would have brought back. */
  skip(opens: number): void {
    this.#opensThen = opens
  }
}

/** What a pause will cost, from those there were: the median of the last, since any may have been disturbed. */
export class Pauses {
  readonly #last: number[]
  readonly #remembered: number

  /**
   * @param first what to expect before there was one
   * @param remembered how many count: more are less easily disturbed, and slower to notice a change
   */
  constructor(first: number, remembered: number) {
    this.#last = [first]
    this.#remembered = remembered
  }

  get median(): number {
    const sorted = [...this.#last].sort((a, b) => a - b)
    return sorted[(sorted.length - 1) >> 1] as number
  }

  add(cost: number): void {
    this.#last.push(cost)
    if (this.#last.length > this.#remembered) this.#last.shift()
  }
}
