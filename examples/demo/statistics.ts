// Part 3: what the library itself has counted.
import { type HandleCounts, handleStatistics } from 'holdfast'
import type { Dropped } from './dropping.js'
import { count } from './format.js'
import { check, heading, paragraph, table } from './terminal.js'

interface Row {
  readonly place: string
  readonly kind: string
  readonly counts: HandleCounts
}

function rowsOf(place: string, kinds: Record<string, HandleCounts>): Row[] {
  return Object.entries(kinds).map(([kind, counts]) => ({ place, kind, counts }))
}

/** `opened === live + disposed + finalized + transferredOut − transferredIn`, at every moment. */
function isAccountedFor({ counts }: Row): boolean {
  const { opened, live, disposed, finalized, transferredIn, transferredOut } = counts
  return opened === live + disposed + finalized + transferredOut - transferredIn
}

export function showStatistics(dropped: readonly Dropped[]): void {
  heading('3  What was counted')
  paragraph('What handleStatistics() says of each kind; it can be asked at any time.')
  const rows = [
    ...rowsOf('this process', handleStatistics().kinds),
    ...dropped.flatMap(({ loop, result }) => rowsOf(loop.written ? 'loop, written' : 'loop', result.kinds)),
  ]
  table(
    ['', 'kind', 'opened', 'disposed', 'finalized', 'live', 'peak live'],
    rows.map(({ place, kind, counts: { opened, disposed, finalized, live, peakLive } }) => {
      return [place, kind, ...[opened, disposed, finalized, live, peakLive].map(count)]
    }),
    2,
  )
  const passed = rows.every(isAccountedFor)
  const total = rows.reduce((sum, { counts }) => sum + counts.opened, 0)
  check(
    passed,
    passed
      ? `All ${count(total)} handles are accounted for: opened = disposed + finalized + live.`
      : 'The counters do not add up: opened differs from disposed + finalized + live.',
  )
}
