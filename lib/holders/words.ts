// Small things that sentences are made of.

/** `a Map`, `an EventEmitter`. */
export function withArticle(noun: string): string {
  return /^[aeiou]/i.test(noun) ? `an ${noun}` : `a ${noun}`
}

/** As code in a sentence. */
export function code(name: string): string {
  return `\`${name}\``
}

/** The name of an event or a property as a program would write it: the names of symbols are in angle brackets. */
export function keyOf(name: string): string {
  const symbol = /^<symbol (.*)>$/.exec(name)
  return symbol === null ? `'${name}'` : `Symbol(${symbol[1]})`
}

/** `obj.name`, `obj[Symbol(name)]`, as in a path of properties. */
export function member(name: string): string {
  return /^<symbol /.test(name) ? `[${keyOf(name)}]` : `.${name}`
}

/** `a, which is held by b, which is held by c`. */
export function chain(holders: readonly string[]): string {
  return holders.join(', which is held by ')
}
