import { describe, expect, it } from 'vitest'
import type { Samples, Trials } from '../../bench/question.js'
import { shareOfTime } from '../../bench/questions/collectors/forced-collections.js'
import { SMALL } from '../../bench/questions/collectors/heaps.js'
import { judgeHeap, peakAtShare } from '../../bench/questions/collectors/judge.js'
import { ADAPTIVE, CLASSIC, CONTENDERS, OTHER_SHARES, TIMERS } from '../../bench/questions/collectors/policies.js'
import { SAMPLE, trialName } from '../../bench/questions/collectors/samples.js'

type Values = Partial<Record<keyof typeof SAMPLE, number[]>>

const UNREMARKABLE: Values = { time: [2e9], share: [0.05], laterShare: [0.05], peak: [1.5] }

function samples(values: Values): Samples {
  const entries = Object.entries({ ...UNREMARKABLE, ...values })
  return Object.fromEntries(
    entries.map(([key, values]) => [SAMPLE[key as keyof typeof SAMPLE], { unit: 'ratio', values }]),
  )
}

/** Everybody did the same, apart from those named. */
function trials(different: Record<string, Values> = {}): Trials {
  const policies = [...CONTENDERS, ...OTHER_SHARES]
  return new Map(policies.map((policy) => [trialName(SMALL, policy), samples(different[policy.name] ?? {})]))
}

function judge(different?: Record<string, Values>) {
  return judgeHeap(trials(different), SMALL, { peak: 'peak', time: { atMost: 1.05 } })
}

describe('judgeHeap', () => {
  it('compares medians of the total time under the bound of the workload', () => {
    const [time] = judge({ adaptive: { time: [3e9, 1e9, 100e9] }, classic: { time: [2e9] } })
    expect(time).toMatchObject({ measured: 1.5, unit: 'ratio', bound: { atMost: 1.05 } })
  })

  it('compares the peaks themselves while classic stays within the share', () => {
    const findings = judge({ classic: { share: [0.1], peak: [2] }, adaptive: { peak: [1.8] } })
    expect(findings).toHaveLength(3)
    expect(findings[1]).toMatchObject({ measured: 0.9, bound: { atMost: 1.1 } })
  })

  /** Spends a tenth less than it may, so that a share that was spent is no limit. */
  function curve(peaks: Record<string, number>): Record<string, Values> {
    const policies = [ADAPTIVE, ...OTHER_SHARES]
    return Object.fromEntries(
      policies.map(({ name, maxCollectionShare = 0 }) => [
        name,
        { share: [maxCollectionShare * 0.9], peak: [peaks[maxCollectionShare] ?? 1] },
      ]),
    )
  }

  it('compares peaks at the share really spent with classic and both timers where classic spends more', () => {
    const findings = judge({
      ...curve({ 0.02: 5, 0.05: 4, 0.1: 3, 0.15: 2 }),
      classic: { share: [0.18], peak: [2] },
      'timer 50 ms': { share: [0.135], peak: [4] },
      'timer 500 ms': { share: [0.09], peak: [3] },
    })
    expect(findings.slice(1, 4).map(({ measured }) => measured)).toEqual(
      [0.5, 0.5, 1].map((ratio) => expect.closeTo(ratio)),
    )
    expect(findings.slice(1, 4).map(({ label }) => label)).toEqual(
      [CLASSIC, ...TIMERS].map(({ name }) => expect.stringContaining(name)),
    )
  })

  it('says where the share of the other policy is beyond the curve', () => {
    const findings = judge({ ...curve({}), classic: { share: [0.9] }, 'timer 500 ms': { share: [0.001] } })
    expect(findings[1]?.label).toContain('used 90 %, compared at 81 %')
    expect(findings[3]?.label).toContain('used 0.1 %, compared at 1.8 %')
  })

  it('compares the peak that the workload names', () => {
    const different = { classic: { peak: [80], overall: [2] }, adaptive: { peak: [80], overall: [1] } }
    const findings = judgeHeap(trials(different), SMALL, { peak: 'overall', time: { atMost: 1.05 } })
    expect(findings[1]).toMatchObject({ measured: 0.5 })
  })

  it('allows the adaptive policy its limit and a little more past the first second', () => {
    const last = judge({ adaptive: { laterShare: [0.3, 0.11, 0.01] } }).at(-1)
    expect(last).toMatchObject({ measured: 0.11, unit: 'share' })
    expect(last?.bound).toEqual({ atMost: (ADAPTIVE.maxCollectionShare as number) + 0.02 })
  })

  it('refuses to judge what was not measured', () => {
    expect(() => judgeHeap(new Map(), SMALL, { peak: 'peak', time: { atMost: 1 } })).toThrow()
  })
})

describe('peakAtShare', () => {
  const curve = [
    { share: 0.5, peak: 1 },
    { share: 0.1, peak: 3 },
  ]

  it('interpolates between two points as if twice the time halved the peak', () => {
    const hyperbola = [
      { share: 0.4, peak: 1 },
      { share: 0.1, peak: 4 },
    ]
    expect(peakAtShare(hyperbola, 0.2)).toEqual({ peak: expect.closeTo(2), at: 0.2 })
  })

  it('takes a point as it is', () => {
    expect(peakAtShare(curve, 0.1)).toEqual({ peak: 3, at: 0.1 })
  })

  it('takes the highest of several points at one share', () => {
    const points = [{ share: 0, peak: 2 }, ...curve, { share: 0, peak: 4 }]
    expect(peakAtShare(points, 0)).toEqual({ peak: 4, at: 0 })
    expect(peakAtShare(points, 0.05).peak).toBeCloseTo(Math.sqrt(12))
  })

  it('stays at the ends of the curve', () => {
    expect(peakAtShare(curve, 0.01)).toEqual({ peak: 3, at: 0.1 })
    expect(peakAtShare(curve, 0.9)).toEqual({ peak: 1, at: 0.5 })
  })
})

describe('shareOfTime', () => {
  const collection = (start: number, end: number) => ({ kind: 'major', start, end }) as const

  it('counts only what lies within', () => {
    const forced = [collection(0, 10), collection(95, 105), collection(150, 160), collection(195, 300)]
    expect(shareOfTime(forced, 100, 200)).toBeCloseTo(0.2)
  })

  it('is 0 without collections', () => {
    expect(shareOfTime([], 0, 100)).toBe(0)
  })

  it('is 0 of no time', () => {
    expect(shareOfTime([collection(0, 10)], 5, 5)).toBe(0)
  })
})
