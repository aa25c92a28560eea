import { describe, expect, it } from 'vitest'
import {
  compareRatios,
  confirm,
  failuresOf,
  type Ratio,
  ratiosOf,
  SWINGING_TOLERANCE,
  TOLERANCE,
} from '../../bench/regression.js'
import type { Answer, Figure, SuiteResult } from '../../bench/results.js'

const RATIO: Ratio = {
  suite: 'core',
  question: 'open',
  label: 'against a',
  value: 2,
  better: 'less',
  swings: false,
  unchecked: false,
}

const ratio = (more: Partial<Ratio> = {}): Ratio => ({ ...RATIO, ...more })

/** What the check says of one ratio that was recorded as 2. */
function verdict(now: number, more: Partial<Ratio> = {}) {
  const comparisons = compareRatios([ratio(more)], [ratio({ ...more, value: now })])
  return { verdict: comparisons[0]?.verdict, failures: failuresOf(comparisons).length }
}

const OK = { verdict: 'ok', failures: 0 }
const WORSE = { verdict: 'worse', failures: 1 }

describe('the check of ratios', () => {
  it('fails when a ratio is much larger than recorded, and less is better', () => {
    expect(verdict(2 * TOLERANCE + 0.01)).toEqual(WORSE)
    expect(verdict(2 * TOLERANCE - 0.01)).toEqual(OK)
    expect(verdict(0.1)).toEqual(OK)
  })

  it('fails when a ratio is much smaller than recorded, and more is better', () => {
    expect(verdict(2 / TOLERANCE - 0.01, { better: 'more' })).toEqual(WORSE)
    expect(verdict(2 / TOLERANCE + 0.01, { better: 'more' })).toEqual(OK)
    expect(verdict(100, { better: 'more' })).toEqual(OK)
  })

  it('fails for what is no number', () => {
    expect(verdict(Number.NaN)).toEqual(WORSE)
    expect(verdict(Number.POSITIVE_INFINITY)).toEqual(WORSE)
    expect(verdict(0, { better: 'more' })).toEqual(WORSE)
  })

  it('allows more where ratios swing', () => {
    const at = (change: number) => verdict(2 * change, { swings: true })
    expect(SWINGING_TOLERANCE).toBeGreaterThan(TOLERANCE)
    expect(at(SWINGING_TOLERANCE - 0.01)).toEqual(OK)
    expect(at(SWINGING_TOLERANCE + 0.01)).toEqual(WORSE)
  })

  it('only shows what an allocator, or system calls, make of a ratio', () => {
    const comparisons = compareRatios(
      [ratio(), ratio({ label: 'wild' })],
      [ratio(), ratio({ label: 'wild', value: 99, unchecked: true })],
    )
    expect(comparisons.map(({ verdict }) => verdict)).toEqual(['ok', 'not checked'])
    expect(failuresOf(comparisons)).toEqual([])
    expect(failuresOf(comparisons.slice(1))).toHaveLength(1)
  })

  it('passes for what was worse once and not a second time', () => {
    const [worse, ok] = [compareRatios([ratio()], [ratio({ value: 9 })]), compareRatios([ratio()], [ratio()])]
    expect(failuresOf(confirm(worse, ok))).toEqual([])
    expect(failuresOf(confirm(worse, worse))).toHaveLength(1)
  })

  it('fails when what was worse is not there the second time', () => {
    const worse = compareRatios([ratio()], [ratio({ value: 9 })])
    expect(failuresOf(confirm(worse, compareRatios([ratio()], [])))).toHaveLength(1)
    expect(failuresOf(confirm(worse, []))).toHaveLength(1)
  })

  it.each([
    ['suite', { suite: 'another' }],
    ['question', { question: 'another' }],
    ['label', { label: 'another' }],
  ])('fails for a recorded ratio whose %s is gone, beside others that are well', (_, recorded) => {
    const comparisons = compareRatios([ratio(), ratio(recorded)], [ratio()])
    expect(comparisons.map(({ verdict }) => verdict)).toEqual(['ok', 'gone'])
    expect(failuresOf(comparisons)).toEqual([expect.stringContaining('another')])
  })

  it('lets a ratio be that was not recorded yet', () => {
    const comparisons = compareRatios([ratio()], [ratio(), ratio({ label: 'new' })])
    expect(comparisons.map(({ verdict }) => verdict)).toEqual(['ok', 'new'])
    expect(failuresOf(comparisons)).toEqual([])
  })

  it('fails when nothing was compared', () => {
    expect(failuresOf(compareRatios([], []))).toHaveLength(1)
    expect(failuresOf(compareRatios([], [ratio()]))).toHaveLength(1)
    expect(failuresOf(compareRatios([ratio()], []))).toHaveLength(2)
  })
})

describe('ratiosOf', () => {
  const figure = (more: Partial<Figure>): Figure => {
    return { label: 'against a', unit: 'ratio', better: 'less', measured: 2, met: null, ...more }
  }
  const answer = (id: string, ...figures: Figure[]): Answer => ({ id, title: '', note: '', figures, details: [] })
  const result = (...answers: Answer[]): Pick<SuiteResult, 'suite' | 'answers'> => ({ suite: 'core', answers })

  it('takes the ratios that were measured, and never times or memory', () => {
    const figures = [
      figure({}),
      figure({ unit: 'time', label: 'time' }),
      figure({ unit: 'MB', label: 'memory' }),
      figure({ measured: null, label: 'not measured' }),
    ]
    expect(ratiosOf([result(answer('open', ...figures))], () => true)).toEqual([ratio()])
  })

  it('takes the questions that are asked for', () => {
    const results = [result(answer('open', figure({})), answer('another', figure({})))]
    expect(ratiosOf(results, (_, id) => id === 'open')).toEqual([ratio()])
  })
})
