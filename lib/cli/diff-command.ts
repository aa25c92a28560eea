import { formatBytes } from '../format-bytes.js'
import type { KindTotals, Recording, SiteTotals } from '../recording/recording.js'
import { siteKey } from '../recording/totals.js'
import { ExitCode } from './command-error.js'
import { readForCommand } from './recording-input.js'
import { painter } from './terminal.js'
import { type Column, formatCount, formatPlace, formatTable, plural, signed } from './text.js'

/** How a site, or a kind, differs between two recordings. */
interface Change {
  readonly live: number
  readonly liveBytes: number
  readonly finalized: number
  readonly opened: number
  readonly openedBytes: number
}

interface ChangedSite extends Change {
  readonly site: SiteTotals
  readonly isNew: boolean
}

export function diff(before: string, after: string): number {
  const [a, b] = [readForCommand(before), readForCommand(after)]
  const paint = painter(process.stdout)
  const grown = grownSites(a, b)
  const lines = [
    paint('bold', `From ${before} to ${after}`),
    ...kindTable(a, b),
    '',
    paint('bold', grown.length === 0 ? 'No site grew.' : `${plural(grown.length, 'site')} grew:`),
    ...(grown.length === 0 ? [] : siteTable(grown, b.header.directory)),
  ]
  process.stdout.write(`${lines.join('\n')}\n`)
  return ExitCode.fine
}

/** Those whose handles became more, what was left and what was lost first. */
function grownSites(before: Recording, after: Recording): ChangedSite[] {
  const known = new Map(before.sites.map((site) => [siteKey(site.kind, site.stack), site]))
  return after.sites
    .map((site) => changeOf(known.get(siteKey(site.kind, site.stack)), site))
    .filter(({ live, liveBytes, finalized, opened }) => Math.max(live, liveBytes, finalized, opened) > 0)
    .sort(
      (a, b) =>
        b.liveBytes - a.liveBytes ||
        b.live - a.live ||
        b.finalized - a.finalized ||
        b.openedBytes - a.openedBytes ||
        b.opened - a.opened,
    )
}

function changeOf(before: SiteTotals | undefined, site: SiteTotals): ChangedSite {
  return {
    site,
    isNew: before === undefined,
    live: site.live - (before?.live ?? 0),
    liveBytes: site.liveBytes - (before?.liveBytes ?? 0),
    finalized: site.finalized - (before?.finalized ?? 0),
    opened: site.opened - (before?.opened ?? 0),
    openedBytes: site.openedBytes - (before?.openedBytes ?? 0),
  }
}

const right = (title: string): Column => ({ title, align: 'right' })

function siteTable(sites: readonly ChangedSite[], directory: string): string[] {
  const columns = [
    ...['left', 'bytes left', 'finalized', 'opened', 'bytes opened'].map(right),
    { title: 'kind' },
    { title: 'opened at' },
  ]
  const rows = sites.map((change) => [
    signed(change.live, formatCount),
    signed(change.liveBytes, formatBytes),
    signed(change.finalized, formatCount),
    signed(change.opened, formatCount),
    signed(change.openedBytes, formatBytes),
    change.site.kind,
    `${formatPlace(change.site.stack, directory)}${change.isNew ? ', new' : ''}`,
  ])
  return formatTable(columns, rows)
}

function kindTable(before: Recording, after: Recording): string[] {
  const names = [...new Set([...Object.keys(before.kinds), ...Object.keys(after.kinds)])].sort()
  const rows = names.map((name) => kindRow(name, before.kinds[name], after.kinds[name]))
  rows.push(kindRow('all', before.total, after.total))
  return formatTable(
    [{ title: 'kind' }, ...['left', 'bytes left', 'finalized', 'opened', 'most at once'].map(right)],
    rows,
  )
}

function kindRow(name: string, before: KindTotals | undefined, after: KindTotals | undefined): string[] {
  const cell = (field: keyof KindTotals, format: (value: number) => string) => {
    const [from, to] = [before?.[field] ?? 0, after?.[field] ?? 0]
    return from === to ? format(to) : `${format(from)} → ${format(to)}`
  }
  return [
    name,
    cell('live', formatCount),
    cell('liveBytes', formatBytes),
    cell('finalized', formatCount),
    cell('opened', formatCount),
    cell('peakLive', formatCount),
  ]
}
