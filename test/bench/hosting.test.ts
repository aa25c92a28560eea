import { describe, expect, it } from 'vitest'
import type { Samples, Trials } from '../../bench/question.js'
import { againstFastest } from '../../bench/questions/hosting/fastest.js'

function trials(times: Record<string, number[]>): Trials {
  const samples: Samples = Object.fromEntries(
    Object.entries(times).map(([name, values]) => [name, { unit: 'time', values }]),
  )
  return new Map([['scopes', samples]])
}

const COMPARISON = { label: 'scopes', trial: 'scopes', ours: 'ours', peers: ['slow', 'fast'] } as const

describe('againstFastest', () => {
  it('compares with the peer that is the fastest, and names it', () => {
    const finding = againstFastest(trials({ ours: [1], slow: [5], fast: [2] }), COMPARISON)
    expect(finding).toEqual({ label: 'scopes', peer: 'fast', unit: 'ratio', measured: 2, better: 'more' })
  })

  it('takes the median of the ratios of each round', () => {
    const finding = againstFastest(trials({ ours: [1, 10, 100], slow: [9, 90, 900], fast: [3, 20, 500] }), COMPARISON)
    expect(finding).toMatchObject({ measured: 3 })
  })

  it('leaves out whoever is no peer', () => {
    const finding = againstFastest(trials({ ours: [2], slow: [5], fast: [4], other: [1] }), COMPARISON)
    expect(finding).toMatchObject({ measured: 2 })
  })

  it('keeps the bound', () => {
    const bound = { atLeast: 1.5 }
    const finding = againstFastest(trials({ ours: [2], slow: [5], fast: [4] }), { ...COMPARISON, bound })
    expect(finding.bound).toEqual(bound)
  })

  it('refuses to judge what was not measured', () => {
    expect(() => againstFastest(trials({ ours: [1], slow: [5] }), COMPARISON)).toThrow()
    expect(() => againstFastest(new Map(), COMPARISON)).toThrow()
  })
})
