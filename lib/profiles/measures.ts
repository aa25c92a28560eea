import type { SiteTotals } from '../recording/recording.js'

/** One way to weigh sites: by handles, and by their native bytes. */
export interface Measure {
  readonly name: 'live' | 'leaked' | 'opened'
  handlesOf(site: SiteTotals): number
  bytesOf(site: SiteTotals): number
}

export const live: Measure = {
  name: 'live',
  handlesOf: (site) => site.live,
  bytesOf: (site) => site.liveBytes,
}

/** Nobody disposed of them: the collector did, or the end of their thread. */
export const leaked: Measure = {
  name: 'leaked',
  handlesOf: (site) => site.finalized,
  bytesOf: (site) => site.finalizedBytes,
}

/** Everything ever opened: what was churned most is on top. */
export const opened: Measure = {
  name: 'opened',
  handlesOf: (site) => site.opened,
  bytesOf: (site) => site.openedBytes,
}
