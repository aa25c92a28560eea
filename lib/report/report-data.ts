import { durationOf } from '../recording/duration.js'
import { classifyLeak, type LeakClass } from '../recording/leak-class.js'
import type { KindTotals, Recording, RecordingEnd, RecordingHeader, Timeline } from '../recording/recording.js'
import { type SiteChange, siteChanges } from './site-changes.js'
import { type StackTable, StackTableBuilder } from './stack-table.js'
import { thinTimeline } from './thin-timeline.js'

// What the page is given, as JSON in the page itself. Sites are columns, and frames are written once: a
// recording with thousands of sites would make a page of many megabytes otherwise.

/** The numbers of a site. The page gets a column of each. */
export const SITE_NUMBERS = [
  'opened',
  'openedBytes',
  'disposed',
  'finalized',
  'finalizedBytes',
  'transferred',
  'live',
  'liveBytes',
  'peakLive',
  'peakLiveBytes',
  'firstOpenedAt',
  'lastOpenedAt',
] as const

export type SiteNumber = (typeof SITE_NUMBERS)[number]

export type SiteColumns = Record<SiteNumber, number[]> & {
  kind: string[]
  /** The node of its innermost frame in the table of stacks; -1: no stack was recorded. */
  stack: number[]
  /** null: none of its handles was closed. */
  meanLifetime: (number | null)[]
  heldBy: (readonly string[])[]
  /** null: nothing is wrong with it. */
  leakClass: (LeakClass | null)[]
}

export interface NamedTotals extends KindTotals {
  kind: string
}

/** A kind over time. Not by name in an object: a kind may be called `__proto__`. */
export interface KindTimeline {
  kind: string
  live: readonly number[]
  liveBytes: readonly number[]
}

export interface ReportedTimeline {
  at: readonly number[]
  rss: readonly number[]
  kinds: KindTimeline[]
}

/** What the page says of the recording that it is compared with. */
export interface Comparison {
  header: RecordingHeader
  total: NamedTotals
  changes: SiteChange[]
}

export interface ReportData {
  header: RecordingHeader
  end: RecordingEnd | null
  notes: readonly string[]
  total: NamedTotals
  kinds: NamedTotals[]
  stacks: StackTable
  sites: SiteColumns
  timeline: ReportedTimeline
  collections: Recording['collections']
  comparison: Comparison | null
}

export function reportData(recording: Recording, comparedWith: Recording | undefined): ReportData {
  const stacks = new StackTableBuilder()
  const { header, end, notes, timeline, collections, kinds, total } = recording
  return {
    header,
    end: end ?? null,
    notes,
    total: { kind: '', ...total },
    kinds: Object.entries(kinds)
      .map(([kind, totals]) => ({ kind, ...totals }))
      .sort((a, b) => b.peakLiveBytes - a.peakLiveBytes || b.opened - a.opened),
    sites: siteColumns(recording, stacks),
    timeline: byKind(thinTimeline(timeline)),
    collections,
    comparison:
      comparedWith === undefined
        ? null
        : {
            header: comparedWith.header,
            total: { kind: '', ...comparedWith.total },
            changes: siteChanges(comparedWith, recording, stacks),
          },
    stacks: stacks.table,
  }
}

function siteColumns(recording: Recording, stacks: StackTableBuilder): SiteColumns {
  const { sites, header } = recording
  const programMilliseconds = durationOf(recording)
  const numbers = SITE_NUMBERS.map((name) => [name, sites.map((site) => site[name])])
  return {
    ...(Object.fromEntries(numbers) as Record<SiteNumber, number[]>),
    kind: sites.map((site) => site.kind),
    stack: sites.map((site) => stacks.stack(site.stack, header.directory)),
    meanLifetime: sites.map((site) => site.meanLifetime ?? null),
    heldBy: sites.map((site) => site.heldBy),
    leakClass: sites.map((site) => classifyLeak(site, programMilliseconds) ?? null),
  }
}

function byKind({ at, rss, kinds }: Timeline): ReportedTimeline {
  return { at, rss, kinds: Object.entries(kinds).map(([kind, columns]) => ({ kind, ...columns })) }
}
