import type { Recording } from './recording.js'

/** How long the program ran, in milliseconds. Of a recording without an end, as far as it goes. */
export function durationOf({ end, timeline }: Pick<Recording, 'end' | 'timeline'>): number {
  return end?.at ?? timeline.at.at(-1) ?? 0
}
