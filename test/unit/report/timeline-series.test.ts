import { describe, expect, it } from 'vitest'
import { OTHER_KINDS, seriesOf, stacked, zoomed } from '../../../lib/report/client/timeline-series.js'

const kind = (name: string, value: number) => ({
  kind: name,
  live: [value, value],
  liveBytes: [value * 10, value * 10],
})
const timeline = (names: string[]) => ({
  at: [0, 1],
  rss: [0, 0],
  kinds: names.map((name, index) => kind(name, index)),
})

describe('the kinds of a chart', () => {
  it('are in the order given, unknown ones last', () => {
    expect(seriesOf(timeline(['a', 'b', 'c']), ['c', 'a']).map((one) => one.kind)).toEqual(['c', 'a', 'b'])
  })

  it('beyond the colors are one', () => {
    const names = Array.from({ length: 15 }, (_, index) => `k${index}`)
    const series = seriesOf(timeline(names), names)
    expect(series).toHaveLength(12)
    expect(series.at(-1)).toEqual({ kind: OTHER_KINDS, live: [50, 50], liveBytes: [500, 500] })
    expect(seriesOf(timeline(names.slice(0, 12)), names)).toHaveLength(12)
  })
})

describe('stacked columns', () => {
  it('lie on those before them, and hidden ones have no height', () => {
    const columns = [
      [1, 2],
      [10, 20],
      [100, 200],
    ]
    expect(stacked(columns, () => false)).toEqual([
      [1, 2],
      [11, 22],
      [111, 222],
    ])
    expect(stacked(columns, (index) => index === 1)).toEqual([
      [1, 2],
      [1, 2],
      [101, 202],
    ])
  })
})

describe('a zoom', () => {
  const whole = { min: 0, max: 1000 }

  it('keeps what it is around in its place', () => {
    expect(zoomed(whole, whole, 0.5)).toEqual({ min: 250, max: 750 })
    expect(zoomed(whole, whole, 0.5, 0)).toEqual({ min: 0, max: 500 })
    expect(zoomed(whole, whole, 0.5, 1000)).toEqual({ min: 500, max: 1000 })
  })

  it('never leaves the whole, nor becomes nothing', () => {
    expect(zoomed({ min: 0, max: 100 }, whole, 50, 50)).toEqual(whole)
    expect(zoomed({ min: 900, max: 1000 }, whole, 2, 900)).toEqual({ min: 800, max: 1000 })
    const { min, max } = zoomed({ min: 500, max: 500.3 }, whole, 0.5, 500)
    expect(max - min).toBeCloseTo(0.2)
  })
})
