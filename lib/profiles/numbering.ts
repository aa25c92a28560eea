/** Numbers what is equal in its key once, in the order of appearance. */
export class Numbering<T> {
  readonly values: T[] = []
  readonly #numbers = new Map<string, number>()
  readonly #first: number

  constructor(first: number) {
    this.#first = first
  }

  /** @param make called with the number of a value that is new */
  numberOf(key: string, make: (number: number) => T): number {
    const known = this.#numbers.get(key)
    if (known !== undefined) return known
    const number = this.#first + this.values.length
    this.#numbers.set(key, number)
    this.values.push(make(number))
    return number
  }

  /** @param number one that `numberOf` gave */
  valueWith(number: number): T {
    return this.values[number - this.#first] as T
  }
}
