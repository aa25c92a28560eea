import { formatBytes } from '../format-bytes.js'
import type { KindTotals, Recording, RecordingEnd, SiteTotals } from '../recording/recording.js'
import { describeFindings } from './findings.js'
import type { painter } from './terminal.js'
import { type Column, formatCount, formatDuration, formatPlace, formatTable, plural } from './text.js'

const MAX_SITES = 10

type Section = [title: string, ...lines: string[]]

/** What a recording says, on one screen. */
export function summarize(recording: Recording, paint: ReturnType<typeof painter>): string {
  const sections = [head(recording), kindTable(recording), ...siteSection(recording), ...findingSection(recording)]
  return `${sections.map(([title, ...lines]) => [paint('bold', title), ...lines].join('\n')).join('\n\n')}\n`
}

function head({ header, end, timeline, total }: Recording): Section {
  const duration = formatDuration(timeline.at.at(-1) as number)
  const sampled = header.level === 'sampled' ? `, a stack for one in ${header.sampleInterval}` : ''
  return [
    header.command.join(' '),
    `${header.runtime}, level ${header.level}${sampled}. ${describeEnd(end)} after ${duration}.`,
    `${plural(total.opened, 'handle')} opened: ${describeFates(total)}. ` +
      `At most ${formatCount(total.peakLive)} at once, ${formatBytes(total.peakLiveBytes)}.`,
  ]
}

function describeEnd(end: RecordingEnd | undefined): string {
  if (end?.exitCode !== undefined) return `Ended with exit code ${end.exitCode}`
  if (end?.signal !== undefined) return `Ended by ${end.signal}`
  return 'Recorded up to the last whole record,'
}

/** `2 disposed, 1 finalized, 3 left` */
export function describeFates({ disposed, finalized, transferred, live }: KindTotals): string {
  const parts = [`${formatCount(disposed)} disposed`, `${formatCount(finalized)} finalized`]
  if (transferred > 0) parts.push(`${formatCount(transferred)} given to other threads`)
  return [...parts, `${formatCount(live)} left`].join(', ')
}

const right = (title: string): Column => ({ title, align: 'right' })

function kindTable({ kinds }: Recording): Section {
  const columns = [
    { title: 'kind' },
    ...['opened', 'disposed', 'finalized', 'left', 'bytes left', 'most at once', 'most bytes'].map(right),
  ]
  const rows = Object.entries(kinds)
    .sort(([, a], [, b]) => b.peakLiveBytes - a.peakLiveBytes || b.opened - a.opened)
    .map(([name, kind]) => [
      name,
      formatCount(kind.opened),
      formatCount(kind.disposed),
      formatCount(kind.finalized),
      formatCount(kind.live),
      formatBytes(kind.liveBytes),
      formatCount(kind.peakLive),
      formatBytes(kind.peakLiveBytes),
    ])
  return formatTable(columns, rows)
}

function siteSection({ sites, header }: Recording): Section[] {
  const lost = sites.filter(isLossy)
  const chosen = lost.length > 0 ? lost.sort(byLoss) : [...sites]
  if (chosen.length === 0) return []
  const title = lost.length > 0 ? 'Left, or finalized since nobody disposed of them:' : 'Most native bytes:'
  const more = chosen.length > MAX_SITES ? [`… and ${plural(chosen.length - MAX_SITES, 'more site')}`] : []
  return [[title, ...siteTable(chosen.slice(0, MAX_SITES), header.directory), ...more]]
}

function findingSection(recording: Recording): Section[] {
  const lost = recording.sites.filter(isLossy).sort(byLoss)
  const others = recording.sites.filter((site) => !isLossy(site))
  const lines = describeFindings(recording, [...lost, ...others].slice(0, MAX_SITES))
  return lines.length === 0 ? [] : [['What is wrong:', ...lines]]
}

/** Whether handles of the site were left, or were finalized since nobody disposed of them. */
export function isLossy({ live, finalized }: SiteTotals): boolean {
  return live > 0 || finalized > 0
}

function byLoss(a: SiteTotals, b: SiteTotals): number {
  return (
    b.liveBytes + b.finalizedBytes - (a.liveBytes + a.finalizedBytes) || b.live + b.finalized - (a.live + a.finalized)
  )
}

function siteTable(sites: readonly SiteTotals[], directory: string): string[] {
  const columns = [
    ...['opened', 'finalized', 'left', 'bytes left'].map(right),
    { title: 'kind' },
    { title: 'opened at' },
  ]
  const rows = sites.map((site) => [
    formatCount(site.opened),
    formatCount(site.finalized),
    formatCount(site.live),
    formatBytes(site.liveBytes),
    site.kind,
    formatPlace(site.stack, directory),
  ])
  return formatTable(columns, rows)
}

/** The sites with most handles left or finalized, for the end of a complaint. */
export function worstSites({ sites, header }: Recording, concerns: (site: SiteTotals) => boolean): string[] {
  const chosen = sites.filter(concerns).sort(byLoss).slice(0, MAX_SITES)
  return chosen.length === 0 ? [] : siteTable(chosen, header.directory)
}
