/** So many colours can be told apart. */
export const MOST_COLORS = 12

/** Gives each kind the name of a custom property of the styles, the same everywhere on the page. */
export function kindColors(kinds: readonly string[]): (kind: string) => string {
  const numbers = new Map(kinds.map((kind, index) => [kind, index]))
  return (kind) => {
    const number = numbers.get(kind) ?? MOST_COLORS
    return number < MOST_COLORS ? `--kind-${number}` : '--kind-other'
  }
}
