import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { markdownReport, type PlotFile } from './markdown-report.js'
import { plotSvg } from './plot-svg.js'
import { PROJECT } from './project.js'
import { type Answer, type SuiteSeries, savedOutcome, savedResults, savedSeries } from './results.js'
import { SUITES } from './suites.js'

const DOCS = join(PROJECT, 'docs')
const PLOTS = 'benchmarks'

/** Writes docs/benchmarks.md and the plots that it shows, from the saved results of all suites. */
export function saveReports(): void {
  mkdirSync(join(DOCS, PLOTS), { recursive: true })
  const order = Object.keys(SUITES)
  const results = savedResults().sort((a, b) => order.indexOf(a.suite) - order.indexOf(b.suite))
  const series = new Map(results.map(({ suite }) => [suite, savedSeries(suite)]))
  const page = markdownReport(results, {
    noteOf: (suite) => SUITES[suite]?.note ?? '',
    plotOf: ({ suite }, answer) => savePlot(suite, answer, series.get(suite) ?? {}),
  })
  writeFileSync(join(DOCS, 'benchmarks.md'), page)
}

function savePlot(suite: string, answer: Answer, series: SuiteSeries): PlotFile | undefined {
  const question = SUITES[suite]?.questions.find(({ id }) => id === answer.id)
  const plot = question?.plot?.(savedOutcome(answer, series[answer.id]))
  if (plot === undefined) return undefined
  const path = `${PLOTS}/${suite}-${answer.id}.svg`
  writeFileSync(join(DOCS, path), plotSvg(plot))
  return { path, description: plot.description }
}
