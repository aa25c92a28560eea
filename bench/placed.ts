import type { Contest, Place } from './contest.js'
import type { Answer, Detail } from './results.js'

/** A sample where it belongs among those that it is compared with. */
export interface Placed extends Place {
  readonly detail: Detail
}

/** Where there is no contest, each trial is a group of what is all Holdfast's. */
const ALL_OURS: Contest = (trial, sample) => ({ group: trial, contestant: sample, isOurs: true })

/** In the order of the details; groups are named after their runtime, too, where there are several. */
export function placeDetails({ details }: Answer, contest: Contest = ALL_OURS): Placed[] {
  const severalRuntimes = new Set(details.map(({ runtime }) => runtime)).size > 1
  return details.flatMap((detail): Placed[] => {
    const place = contest(detail.trial, detail.name)
    if (place === undefined) return []
    const group = severalRuntimes ? `${detail.runtime}, ${place.group}` : place.group
    return [{ ...place, group, detail }]
  })
}

/** The items with the same key, by key, in the order in which the keys come. */
export function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const item of items) {
    const key = keyOf(item)
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [item])
    else group.push(item)
  }
  return groups
}
