import { expect, it } from 'vitest'
import { thinTimeline } from '../../../lib/report/thin-timeline.js'

const count = (length: number) => Array.from({ length }, (_, index) => index)

function timeline(length: number, peakAt: number) {
  const liveBytes = count(length).map((index) => (index === peakAt ? 1000 : index % 7))
  return { at: count(length), rss: count(length), kinds: { A: { live: count(length), liveBytes } } }
}

it('a timeline that is short enough stays as it is', () => {
  const short = timeline(10, 3)
  expect(thinTimeline(short, 10)).toBe(short)
})

it.each([1, 4321, 9998])('a long one keeps its first and last point, and its peak at %i', (peakAt) => {
  const thinned = thinTimeline(timeline(10_000, peakAt), 100)
  expect(thinned.at).toHaveLength(100)
  expect([thinned.at[0], thinned.at.at(-1)]).toEqual([0, 9999])
  expect(thinned.at).toEqual([...thinned.at].sort((a, b) => a - b))
  expect(Math.max(...(thinned.kinds['A']?.liveBytes ?? []))).toBe(1000)
  expect(thinned.at).toContain(peakAt)
  expect(thinned.rss).toEqual(thinned.at)
  expect(thinned.kinds['A']?.live).toEqual(thinned.at)
})
