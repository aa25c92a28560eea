import { describe, expect, it } from 'vitest'
import { TimelineBuilder } from '../../../lib/recording/timeline-builder.js'

describe('a timeline', () => {
  it('without events has the end', () => {
    expect(new TimelineBuilder().finish(0)).toEqual({ at: [0, 0.01], rss: [0, 0], kinds: {} })
    expect(new TimelineBuilder().finish(5)).toEqual({ at: [0, 5], rss: [0, 0], kinds: {} })
  })

  it('has the most of each interval, and the last state at the end', () => {
    const timeline = new TimelineBuilder()
    const series = timeline.kind('Db')
    const set = (at: number, live: number) => {
      timeline.advance(at)
      series.currentLive = live
      series.currentBytes = 10 * live
      series.note()
    }
    set(1, 5)
    set(2, 1)
    set(25, 2)
    const { at, kinds } = timeline.finish(42)
    expect(at).toEqual([0, 10, 20, 30, 40, 42])
    expect(kinds['Db']).toEqual({ live: [5, 1, 2, 2, 2, 2], liveBytes: [50, 10, 20, 20, 20, 20] })
  })

  it('shows memory where it was looked at, and what was seen last elsewhere', () => {
    const timeline = new TimelineBuilder()
    const look = (at: number, bytes: number) => {
      timeline.advance(at)
      timeline.memory(bytes)
    }
    look(12, 100)
    look(14, 90)
    look(35, 50)
    expect(timeline.finish(49).rss).toEqual([100, 100, 100, 50, 50, 50])
  })

  it('keeps what was seen of memory where intervals become one, whichever of them it was seen in', () => {
    const timeline = new TimelineBuilder(4)
    for (const [at, bytes] of [
      [5, 100],
      [25, 300],
      [35, 200],
    ] as const) {
      timeline.advance(at)
      timeline.memory(bytes)
    }
    expect(timeline.finish(79).rss).toEqual([100, 300, 300, 300, 300])
  })

  it('of a kind that comes late begins with zeros, and shows what the end itself does not', () => {
    const timeline = new TimelineBuilder()
    timeline.advance(30)
    const series = timeline.kind('Db')
    series.currentLive = 1
    series.note()
    series.currentLive = 0
    const { at, kinds } = timeline.finish(30)
    expect([at, kinds['Db']?.live]).toEqual([
      [0, 10, 20, 30, 30.01],
      [0, 0, 0, 1, 0],
    ])
  })

  it('of any length has a bounded number of columns that ascend, and keeps the most', () => {
    const timeline = new TimelineBuilder(16)
    const series = timeline.kind('Db')
    for (let at = 0; at < 100_000; at += 7) {
      timeline.advance(at)
      series.currentLive = at === 49_000 ? 1000 : 1
      series.note()
      timeline.memory(at === 63_000 ? 500 : 5)
    }
    const { at, rss, kinds } = timeline.finish(100_000)
    const live = kinds['Db']?.live ?? []
    expect(at.length).toBeLessThanOrEqual(17)
    expect([live.length, rss.length]).toEqual([at.length, at.length])
    expect(at).toEqual([...at].sort((a, b) => a - b))
    expect(new Set(at).size).toBe(at.length)
    expect([Math.max(...live), Math.max(...rss)]).toEqual([1000, 500])
    expect(at.at(-1)).toBe(100_000)
  })
})
