import type { Timeline } from '../recording/recording.js'

/** More than a screen has columns. */
const MOST_POINTS = 2000

/**
 * A timeline of at most so many points. Of each stretch of time the point with the most native bytes stays, so
 * that no peak goes; the first and the last point stay, too.
 */
export function thinTimeline(timeline: Timeline, mostPoints = MOST_POINTS): Timeline {
  const { at, rss, kinds } = timeline
  if (at.length <= mostPoints) return timeline
  const kept = keptPoints(at, Object.values(kinds), mostPoints)
  const pick = (column: readonly number[]) => kept.map((index) => column[index] as number)
  return {
    at: pick(at),
    rss: pick(rss),
    kinds: Object.fromEntries(
      Object.entries(kinds).map(([kind, { live, liveBytes }]) => [
        kind,
        { live: pick(live), liveBytes: pick(liveBytes) },
      ]),
    ),
  }
}

function keptPoints(at: readonly number[], kinds: Timeline['kinds'][string][], mostPoints: number): number[] {
  const last = at.length - 1
  const stretches = mostPoints - 2
  const kept = [0]
  let highest = { stretch: -1, index: 0, bytes: -1 }
  for (let index = 1; index < last; index++) {
    const stretch = Math.floor(((index - 1) / (last - 1)) * stretches)
    const bytes = kinds.reduce((sum, { liveBytes }) => sum + (liveBytes[index] as number), 0)
    if (stretch !== highest.stretch) {
      if (highest.stretch >= 0) kept.push(highest.index)
      highest = { stretch, index, bytes }
    } else if (bytes > highest.bytes) {
      highest = { stretch, index, bytes }
    }
  }
  kept.push(highest.index, last)
  return kept
}
