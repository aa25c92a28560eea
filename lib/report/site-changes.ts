import type { Recording, SiteTotals } from '../recording/recording.js'
import { shortPath } from './short-path.js'
import type { StackTableBuilder } from './stack-table.js'

/** What a creation site did in one recording. */
export interface SiteAmounts {
  opened: number
  openedBytes: number
  finalized: number
  finalizedBytes: number
  live: number
  liveBytes: number
}

/** A creation site of which two recordings say different things. */
export interface SiteChange {
  kind: string
  /** Where the handles were opened, in the table of stacks; -1: no stack was recorded. */
  frame: number
  change: 'new' | 'grew' | 'shrank' | 'gone'
  before: SiteAmounts
  after: SiteAmounts
}

const NOTHING: SiteAmounts = { opened: 0, openedBytes: 0, finalized: 0, finalizedBytes: 0, live: 0, liveBytes: 0 }

/**
 * What changed from one recording to another, site by site, the largest change of leaked bytes first. Sites are
 * compared by kind and line: callers differ from run to run. Paths are relative to the directory of each recording.
 */
export function siteChanges(before: Recording, after: Recording, stacks: StackTableBuilder): SiteChange[] {
  const earlier = amountsBySite(before, stacks)
  const later = amountsBySite(after, stacks)
  const changes: SiteChange[] = []
  for (const [key, site] of new Map([...earlier, ...later])) {
    const pair = { before: earlier.get(key)?.amounts ?? NOTHING, after: later.get(key)?.amounts ?? NOTHING }
    const change = changeOf(pair.before, pair.after)
    if (change !== undefined) changes.push({ kind: site.kind, frame: site.frame, change, ...pair })
  }
  return changes.sort((a, b) => Math.abs(leakedBytesOf(b)) - Math.abs(leakedBytesOf(a)))
}

interface Site {
  kind: string
  frame: number
  amounts: SiteAmounts
}

function amountsBySite({ sites, header }: Recording, stacks: StackTableBuilder): Map<string, Site> {
  const bySite = new Map<string, Site>()
  for (const site of sites) {
    const innermost = site.stack[0]
    const frame = innermost === undefined ? -1 : stacks.frame(innermost, header.directory)
    const place = innermost && [shortPath(innermost.file, header.directory), innermost.line, innermost.column]
    const key = JSON.stringify([site.kind, place])
    const known = bySite.get(key)
    if (known === undefined) bySite.set(key, { kind: site.kind, frame, amounts: add(NOTHING, site) })
    else known.amounts = add(known.amounts, site)
  }
  return bySite
}

function add(amounts: SiteAmounts, site: SiteAmounts | SiteTotals): SiteAmounts {
  return {
    opened: amounts.opened + site.opened,
    openedBytes: amounts.openedBytes + site.openedBytes,
    finalized: amounts.finalized + site.finalized,
    finalizedBytes: amounts.finalizedBytes + site.finalizedBytes,
    live: amounts.live + site.live,
    liveBytes: amounts.liveBytes + site.liveBytes,
  }
}

/** What leaked counts most, then what was opened: undefined when all of it is the same. */
function changeOf(before: SiteAmounts, after: SiteAmounts): SiteChange['change'] | undefined {
  if (before.opened === 0 && after.opened > 0) return 'new'
  if (after.opened === 0 && before.opened > 0) return 'gone'
  const growth =
    leakedBytesOf({ before, after }) ||
    after.live + after.finalized - before.live - before.finalized ||
    after.openedBytes - before.openedBytes ||
    after.opened - before.opened
  if (growth === 0) return undefined
  return growth > 0 ? 'grew' : 'shrank'
}

function leakedBytesOf({ before, after }: { before: SiteAmounts; after: SiteAmounts }): number {
  return after.liveBytes + after.finalizedBytes - before.liveBytes - before.finalizedBytes
}
