import { describe, expect, it } from 'vitest'
import { betweenSamples } from '../../bench/contest.js'
import { dotPlot } from '../../bench/dot-plot.js'
import { dotPlotSvg } from '../../bench/dot-plot-svg.js'
import { markdownReport } from '../../bench/markdown-report.js'
import type { Answer, Detail, SuiteResult } from '../../bench/results.js'

const machine = { cpu: 'a CPU', cores: 2, memoryGiB: 8, platform: 'linux-x64', node: 'v20.0.0' }

function detail(name: string, median: number, more: Partial<Detail> = {}): Detail {
  return { trial: 'trial', runtime: 'Node 20', name, unit: 'time', median, rounds: 3, ...more }
}

function answer(more: Partial<Answer> = {}): Answer {
  return { id: 'id', title: 'A question', note: 'A note.', figures: [], details: [], ...more }
}

function result(more: Partial<SuiteResult> = {}): SuiteResult {
  const base = { suite: 'core', run: '2026-01-01T10:00:00.000Z', date: '2026-01-01T10:30:00.000Z', seconds: 60 }
  const rest = { command: 'npm run bench -- all', commit: 'abc', machine, versions: ['v20.0.0'], answers: [answer()] }
  return { ...base, packages: { holdfast: '0.1.0', awilix: '13.0.5' }, ...rest, ...more }
}

const ours = betweenSamples('ours')

function page(...results: SuiteResult[]): string {
  return markdownReport(results, { noteOf: () => '', contestOf: () => ours, plotOf: () => undefined })
}

const rowsWith = (text: string, ...results: SuiteResult[]) =>
  page(...results)
    .split('\n')
    .filter((line) => line.startsWith('|') && line.includes(text))

describe('the page of benchmarks', () => {
  it('says once when and where everything was measured that is of one run', () => {
    const text = page(result(), result({ suite: 'hosting' }))
    expect(text).not.toContain('Not all of this was measured at once')
    expect(text.match(/begun 2026-01-01 10:00 UTC/g)).toHaveLength(1)
  })

  it.each([
    ['run', { run: '2026-01-02T10:00:00.000Z' }],
    ['commit', { commit: 'def' }],
    ['machine', { machine: { ...machine, cpu: 'another CPU' } }],
  ])('says that suites differ in their %s', (name, more) => {
    const text = page(result(), result({ suite: 'hosting', ...more }))
    expect(text).toMatch(new RegExp(`Not all of this was measured at once.*${name}`))
  })

  it('shows what failed among the bounds', () => {
    const failed = answer({ failures: ['The trial crashed.'] })
    expect(rowsWith('The trial crashed.', result({ answers: [failed] }))).toHaveLength(1)
  })

  it('shows a bound that was missed as plainly as one that was met', () => {
    const figure = { label: 'ratio', unit: 'ratio', better: 'less', bound: { atMost: 1 } } as const
    const figures = [
      { ...figure, measured: 2, met: false },
      { ...figure, measured: 0.5, met: true },
    ]
    expect(rowsWith('≤ 1×', result({ answers: [answer({ figures })] }))).toEqual([
      expect.stringContaining('2× | **no**'),
      expect.stringContaining('0.5× | yes'),
    ])
  })

  it('lists every peer that is ahead of the best of ours, with its version', () => {
    const details = [detail('ours', 10), detail('awilix, PROXY', 5), detail('slow', 20)]
    const [row, ...more] = rowsWith('A question](', result({ answers: [answer({ details })] }))
    expect(row).toContain('awilix 13.0.5, PROXY: 5 ns | ours: 10 ns | 2×')
    expect(more).toEqual([])
  })

  it('escapes what would end a cell', () => {
    const details = [detail('ours', 10), detail('a | b', 20)]
    expect(rowsWith('a \\| b', result({ answers: [answer({ details })] }))).toHaveLength(1)
  })
})

describe('the plot of a question', () => {
  const details = [
    detail('ours', 100, { quartiles: [90, 110] }),
    detail('<peer> & others', 100_000),
    detail('memory', 2 ** 20, { unit: 'MiB' }),
  ]

  it('shows ours and others with a scale that fits, in a panel for each unit', () => {
    const plot = dotPlot(answer({ details }), ours)
    expect(plot?.panels.map(({ unit, scale }) => [unit, scale])).toEqual([
      ['time', 'logarithmic'],
      ['MiB', 'linear'],
    ])
    expect(plot?.panels[0]?.groups[0]?.dots.map(({ isOurs }) => isOurs)).toEqual([true, false])
    expect(plot?.panels[0]?.axis).toContain('left is faster')
  })

  it('is small, says what it is, and escapes the names that it shows', () => {
    const plot = dotPlot(answer({ details }), ours)
    const svg = plot === undefined ? '' : dotPlotSvg(plot)
    expect(svg).toContain('<title>A question</title><desc>')
    expect(svg).toContain('&lt;peer&gt; &amp; others')
    expect(svg).not.toContain('<peer>')
    expect(svg.length).toBeLessThan(40_000)
  })

  it('is left out where nothing was measured', () => {
    expect(dotPlot(answer(), ours)).toBeUndefined()
  })
})
