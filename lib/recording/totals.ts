import type { StackFrame } from '../live-handle.js'
import type { HandleCloseReason } from '../tracking/channels.js'
import type { EventSink } from './event-decoder.js'
import type { KindTotals, RecordedCollection, Recording, SiteTotals, Timeline } from './recording.js'
import { type KindSeries, TimelineBuilder } from './timeline-builder.js'

// Sums up events in their order. What is kept grows with sites and with handles that are open, not with
// events.

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

interface Kind extends Mutable<KindTotals> {
  readonly series: KindSeries
}

interface Site extends Mutable<SiteTotals> {
  readonly of: Kind
  lifetimes: number
  closed: number
}

interface OpenHandle {
  readonly site: Site
  readonly bytes: number
  readonly at: number
}

interface ThreadState {
  /** By the numbers of the thread. */
  readonly sites: Site[]
  /** By id. */
  readonly handles: Map<number, OpenHandle>
}

export class Totals implements EventSink {
  readonly #threads = new Map<number, ThreadState>()
  readonly #sites = new Map<string, Site>()
  readonly #kinds = new Map<string, Kind>()
  readonly #timeline = new TimelineBuilder()
  readonly #total = noTotals()
  readonly #collections: RecordedCollection[] = []
  #lastAt = 0

  site(thread: number, number: number, kind: string, stack: readonly StackFrame[]): void {
    this.#thread(thread).sites[number] = this.#site(kind, stack)
  }

  open(at: number, thread: number, id: number, siteNumber: number, bytes: number): void {
    const { sites, handles } = this.#thread(thread)
    // Two copies of the library in one thread may use the same ids. What cannot be told apart is left out.
    if (handles.has(id)) return
    this.#advance(at)
    const site = sites[siteNumber] as Site
    handles.set(id, { site, bytes, at })
    site.firstOpenedAt = Math.min(site.firstOpenedAt, at)
    site.lastOpenedAt = at
    site.openedBytes += bytes
    site.opened++
    site.of.opened++
    this.#total.opened++
    this.#change(site, 1, bytes)
  }

  close(at: number, thread: number, id: number, bytes: number, reason: HandleCloseReason): void {
    const { handles } = this.#thread(thread)
    const handle = handles.get(id)
    // It was opened before the recording began.
    if (handle === undefined) return
    handles.delete(id)
    this.#advance(at)
    this.#closeHandle(handle, at, bytes, reason)
  }

  collection(at: number, thread: number, kind: 'major' | 'minor', milliseconds: number): void {
    this.#advance(at)
    this.#collections.push({ at, kind, milliseconds, thread })
  }

  memory(at: number, residentBytes: number): void {
    this.#advance(at)
    this.#timeline.memory(residentBytes)
  }

  /** What is left of a thread is released with it: nobody disposed of it. */
  threadEnd(at: number, thread: number): void {
    this.#advance(at)
    const { handles } = this.#thread(thread)
    for (const handle of handles.values()) this.#closeHandle(handle, at, handle.bytes, 'finalized')
    handles.clear()
  }

  /** @param at when the program ended, if that is known */
  finish(at: number | undefined): Pick<Recording, 'sites' | 'timeline' | 'collections' | 'kinds' | 'total'> {
    const timeline: Timeline = this.#timeline.finish(Math.max(at ?? 0, this.#lastAt))
    const kinds: Record<string, KindTotals> = Object.create(null)
    for (const [name, { series: _, ...totals }] of this.#kinds) kinds[name] = totals
    const sites = [...this.#sites.values()].filter(({ opened }) => opened > 0).map(publish)
    sites.sort(bySize)
    return { sites, timeline, collections: this.#collections, kinds, total: this.#total }
  }

  #advance(at: number): void {
    if (at > this.#lastAt) this.#lastAt = at
    this.#timeline.advance(at)
  }

  #closeHandle(
    { site, bytes: openedBytes, at: openedAt }: OpenHandle,
    at: number,
    bytes: number,
    reason: HandleCloseReason,
  ): void {
    // Handles can grow, and nobody tells when: at the latest now.
    const growth = bytes - openedBytes
    if (growth > 0) site.openedBytes += growth
    if (growth !== 0) this.#change(site, 0, growth)
    this.#change(site, -1, -bytes)
    site.lifetimes += at - openedAt
    site.closed++
    if (reason === 'finalized') site.finalizedBytes += bytes
    for (const totals of [site, site.of, this.#total]) totals[reason]++
  }

  #change(site: Site, count: number, bytes: number): void {
    const kind = site.of
    change(site, count, bytes)
    change(kind, count, bytes)
    change(this.#total, count, bytes)
    kind.series.currentLive = kind.live
    kind.series.currentBytes = kind.liveBytes
    kind.series.note()
  }

  #thread(number: number): ThreadState {
    let thread = this.#threads.get(number)
    if (thread === undefined) {
      thread = { sites: [], handles: new Map() }
      this.#threads.set(number, thread)
    }
    return thread
  }

  #site(kind: string, stack: readonly StackFrame[]): Site {
    const key = siteKey(kind, stack)
    let site = this.#sites.get(key)
    if (site === undefined) {
      site = newSite(kind, stack, this.#kind(kind))
      this.#sites.set(key, site)
    }
    return site
  }

  #kind(name: string): Kind {
    let kind = this.#kinds.get(name)
    if (kind === undefined) {
      kind = { ...noTotals(), series: this.#timeline.kind(name) }
      this.#kinds.set(name, kind)
    }
    return kind
  }
}

/** The same for the same kind and stack, in any thread and any recording. */
export function siteKey(kind: string, stack: readonly StackFrame[]): string {
  const frames = stack.map(({ functionName, file, line, column }) => [functionName, file, line, column])
  return JSON.stringify([kind, frames])
}

function change(
  totals: Pick<KindTotals, 'live' | 'liveBytes' | 'peakLive' | 'peakLiveBytes'>,
  count: number,
  bytes: number,
): void {
  totals.live += count
  totals.liveBytes += bytes
  if (totals.live > totals.peakLive) totals.peakLive = totals.live
  if (totals.liveBytes > totals.peakLiveBytes) totals.peakLiveBytes = totals.liveBytes
}

function noTotals(): KindTotals {
  return {
    opened: 0,
    disposed: 0,
    finalized: 0,
    transferred: 0,
    live: 0,
    liveBytes: 0,
    peakLive: 0,
    peakLiveBytes: 0,
  }
}

function newSite(kind: string, stack: readonly StackFrame[], of: Kind): Site {
  return {
    kind,
    stack,
    ...noTotals(),
    openedBytes: 0,
    finalizedBytes: 0,
    firstOpenedAt: Number.POSITIVE_INFINITY,
    lastOpenedAt: 0,
    meanLifetime: undefined,
    heldBy: [],
    of,
    lifetimes: 0,
    closed: 0,
  }
}

function publish({ of: _, lifetimes, closed, ...totals }: Site): SiteTotals {
  return { ...totals, meanLifetime: closed === 0 ? undefined : lifetimes / closed }
}

function bySize(a: SiteTotals, b: SiteTotals): number {
  return b.openedBytes - a.openedBytes || b.opened - a.opened
}
