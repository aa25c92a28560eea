import { describe, expect, it } from 'vitest'
import type { Question, Samples } from '../../bench/question.js'
import { answer } from '../../bench/results.js'

const samples: Samples = { time: { unit: 'time', values: [1, 2, 3] } }
const trials = new Map([['a trial', samples]])

function question(more: Partial<Question>): Question {
  return { id: 'id', title: 'title', note: 'note', trials: [], measures: [], ...more }
}

describe('answer', () => {
  it('adds what the question judges to what it measures', () => {
    const asked = question({
      measures: [{ label: 'measured', trial: 'a trial', of: 'time', bound: { atMost: 2 } }],
      judge: () => [
        { label: 'too much', unit: 'share', measured: 0.3, bound: { atMost: 0.2 } },
        { label: 'without a bound', unit: 'count', measured: 7, better: 'more' },
      ],
    })
    const { figures } = answer(asked, [{ runtime: 'Node 20', trials }])
    expect(figures).toEqual([
      { label: 'measured', unit: 'time', better: 'less', measured: 2, bound: { atMost: 2 }, met: true },
      { label: 'too much', unit: 'share', better: 'less', measured: 0.3, bound: { atMost: 0.2 }, met: false },
      { label: 'without a bound', unit: 'count', better: 'more', measured: 7, met: null },
    ])
  })

  it('judges each runtime by itself', () => {
    const asked = question({ onEveryRuntime: true, judge: () => [{ label: 'seen', unit: 'count', measured: 1 }] })
    const outcomes = [
      { runtime: 'Node 20', trials },
      { runtime: 'Node 24', trials: undefined },
      { runtime: 'Node 26', trials },
    ]
    const { figures } = answer(asked, outcomes)
    expect(figures.map(({ label }) => label)).toEqual(['Node 20: seen', 'Node 26: seen'])
  })
})
