// Simple: holds nothing but objects of JavaScript. There is nothing to release, so there is nothing to do.
class WordCount {
  readonly #counts = new Map<string, number>()

  add(text: string): this {
    for (const word of text.split(' ')) this.#counts.set(word, this.of(word) + 1)
    return this
  }

  of(word: string): number {
    return this.#counts.get(word) ?? 0
  }
}

console.log(new WordCount().add('to be or not to be').of('be'))
