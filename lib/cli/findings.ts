import { durationOf } from '../recording/duration.js'
import { classifyLeak, REMEDIES } from '../recording/leak-class.js'
import type { Recording, SiteTotals } from '../recording/recording.js'
import { formatPlace } from './text.js'

/** Ways of being held that are told of one place. */
const MAX_WAYS = 3

/** What is wrong, where, and what to do about it: a few lines for each place, the worst first. */
export function describeFindings(recording: Recording, sites: readonly SiteTotals[]): string[] {
  const milliseconds = durationOf(recording)
  return sites.flatMap((site) => {
    const leak = classifyLeak(site, milliseconds)
    if (leak === undefined) return []
    const place = formatPlace(site.stack, recording.header.directory)
    const ways = site.heldBy.slice(0, MAX_WAYS).map((line) => `    held by ${line}`)
    return [`  ${site.kind} opened at ${place}: ${leak}`, ...ways, `    ${REMEDIES[leak]}`]
  })
}
