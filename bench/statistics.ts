/** The value below which `share` of the values lie, between two of them interpolated. */
export function quantile(values: readonly number[], share: number): number {
  if (values.length === 0) throw new RangeError('A quantile of nothing was asked for.')
  const sorted = [...values].sort((a, b) => a - b)
  const position = (sorted.length - 1) * share
  const below = sorted[Math.floor(position)] as number
  const above = sorted[Math.ceil(position)] as number
  return below + (above - below) * (position % 1)
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5)
}

/** What half of the rounds lie between. */
export function quartiles(values: readonly number[]): [low: number, high: number] {
  return [quantile(values, 0.25), quantile(values, 0.75)]
}
