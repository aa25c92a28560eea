import { describe, expect, it } from 'vitest'
import { FlushPolicy } from '../../../lib/recording/flush-policy.js'

/** Events at equal distances, each of some bytes; writing takes 0.03 ms. Returns how many waited for each write. */
function simulate(policy: FlushPolicy, events: number, distance: number, start = 0): number[] {
  const waited: number[] = []
  let waiting = 0
  for (let i = 1; i <= events; i++) {
    const at = start + i * distance
    waiting++
    if (!policy.isDue(at, 8 * waiting)) continue
    policy.noteFlush(at, at + 0.03, 8 * waiting)
    waited.push(waiting)
    waiting = 0
  }
  return waited
}

describe('what happens after a quiet time', () => {
  it('is written at once, several hundred times', () => {
    expect(simulate(new FlushPolicy(0), 300, 0.01)).toEqual(Array(300).fill(1))
  })
})

describe('what goes on', () => {
  it('seldom is written at once for ever', () => {
    expect(simulate(new FlushPolicy(0), 10_000, 20)).toEqual(Array(10_000).fill(1))
  })

  it('in crowds is written in blocks that deflate well, of about a thousand events', () => {
    const waited = simulate(new FlushPolicy(0), 1_000_000, 0.001)
    expect(waited.length).toBeLessThan(3_000)
    expect(Math.max(...waited)).toBeLessThanOrEqual(1024)
  })

  it('at a middling rate makes no more than a hundred blocks in a second, after the first ones', () => {
    const seconds = 60
    const waited = simulate(new FlushPolicy(0), seconds * 1000, 1)
    expect(waited.length).toBeLessThan(seconds * 100 + 1000)
  })

  it('never waits longer than a quarter of a second', () => {
    const policy = new FlushPolicy(0)
    simulate(policy, 2_000, 0.01)
    expect(policy.isDue(20 + 250.1, 8)).toBe(true)
  })
})
