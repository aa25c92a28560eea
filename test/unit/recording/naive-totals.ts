import type { KindTotals, SiteTotals } from '../../../lib/recording/recording.js'
import type { HandleCloseReason } from '../../../lib/tracking/channels.js'

// Sums up as one would by hand: after every event it looks at everything.

export type ModelEvent =
  | { type: 'open'; at: number; thread: number; id: number; site: number; bytes: number }
  | { type: 'close'; at: number; thread: number; id: number; bytes: number; reason: HandleCloseReason }
  | { type: 'threadEnd'; at: number; thread: number }

export interface ModelSite {
  kind: string
  line: number
}

interface ModelHandle {
  thread: number
  id: number
  site: ModelSite
  openedBytes: number
  bytes: number
  openedAt: number
  closedAt?: number
  reason?: HandleCloseReason
}

type Totals = KindTotals & Pick<SiteTotals, 'openedBytes' | 'finalizedBytes' | 'meanLifetime'>

/** @param concerns of which sites */
export function naiveTotals(
  events: readonly ModelEvent[],
  sites: readonly ModelSite[],
  concerns: (site: ModelSite) => boolean,
): Totals {
  const handles: ModelHandle[] = []
  const peaks = { peakLive: 0, peakLiveBytes: 0 }
  const open = () => handles.filter(({ reason, site }) => reason === undefined && concerns(site))
  const bytesOf = (some: readonly ModelHandle[]) => some.reduce((sum, { bytes }) => sum + bytes, 0)
  const look = () => {
    peaks.peakLive = Math.max(peaks.peakLive, open().length)
    peaks.peakLiveBytes = Math.max(peaks.peakLiveBytes, bytesOf(open()))
  }
  const find = (thread: number, id: number) =>
    handles.find((handle) => handle.reason === undefined && handle.thread === thread && handle.id === id)

  for (const event of events) {
    const { at, thread } = event
    if (event.type === 'open' && find(thread, event.id) === undefined) {
      const { id, bytes } = event
      handles.push({ thread, id, bytes, openedBytes: bytes, openedAt: at, site: sites[event.site] as ModelSite })
    } else if (event.type === 'close') {
      const handle = find(thread, event.id)
      if (handle === undefined) continue
      handle.bytes = event.bytes
      look()
      handle.reason = event.reason
      handle.closedAt = at
    } else if (event.type === 'threadEnd') {
      for (const handle of handles) {
        if (handle.thread !== thread || handle.reason !== undefined) continue
        handle.reason = 'finalized'
        handle.closedAt = at
      }
    }
    look()
  }

  const concerned = handles.filter(({ site }) => concerns(site))
  const endedBy = (reason: HandleCloseReason) => concerned.filter((handle) => handle.reason === reason)
  const closed = concerned.filter(({ reason }) => reason !== undefined)
  const lifetimes = closed.reduce((sum, { openedAt, closedAt }) => sum + (closedAt as number) - openedAt, 0)
  return {
    ...peaks,
    opened: concerned.length,
    openedBytes: concerned.reduce((sum, { openedBytes, bytes }) => sum + Math.max(openedBytes, bytes), 0),
    disposed: endedBy('disposed').length,
    finalized: endedBy('finalized').length,
    finalizedBytes: bytesOf(endedBy('finalized')),
    transferred: endedBy('transferred').length,
    live: open().length,
    liveBytes: bytesOf(open()),
    meanLifetime: closed.length === 0 ? undefined : lifetimes / closed.length,
  }
}
