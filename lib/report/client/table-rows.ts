// Which rows of a table are shown, and in which order.

export interface SortOrder {
  column: string
  descending: boolean
}

/** A value that rows are sorted by: undefined goes last, whichever way round. */
export type SortValue = number | string | undefined

export function sortedRows<Row>(rows: readonly Row[], sortValue: (row: Row) => SortValue, descending: boolean): Row[] {
  const direction = descending ? -1 : 1
  // Read once for each row: reading may cost more than comparing.
  const pairs = rows.map((row) => [sortValue(row), row] as const)
  pairs.sort(([a], [b]) => {
    if (a === b) return 0
    if (a === undefined) return 1
    if (b === undefined) return -1
    return direction * (a < b ? -1 : 1)
  })
  return pairs.map(([, row]) => row)
}

/** The rows whose text has every word of a filter, in any order. */
export function filteredRows<Row>(rows: readonly Row[], filter: string, textOf: (row: Row) => string): readonly Row[] {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean)
  if (words.length === 0) return rows
  return rows.filter((row) => {
    const text = textOf(row)
    return words.every((word) => text.includes(word))
  })
}
