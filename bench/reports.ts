import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { dotPlot } from './dot-plot.js'
import { dotPlotSvg } from './dot-plot-svg.js'
import { markdownReport, type PlotFile } from './markdown-report.js'
import { plotSvg } from './plot-svg.js'
import { PROJECT } from './project.js'
import { type Answer, type SuiteSeries, savedOutcome, savedResults, savedSeries } from './results.js'
import { SUITES } from './suites/index.js'

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
    contestOf: (suite, id) => SUITES[suite]?.questions.find((question) => question.id === id)?.contest,
    plotOf: ({ suite }, answer) => savePlot(suite, answer, series.get(suite) ?? {}),
  })
  writeFileSync(join(DOCS, 'benchmarks.md'), page)
}

function savePlot(suite: string, answer: Answer, series: SuiteSeries): PlotFile | undefined {
  const question = SUITES[suite]?.questions.find(({ id }) => id === answer.id)
  // Nothing came back: of what failed, or before the question was there.
  if (question === undefined || answer.details.length === 0) return undefined
  const plot = question.plot?.(savedOutcome(answer, series[answer.id]))
  if (plot !== undefined) return writePlot(suite, answer, plot.description, plotSvg(plot))
  const dots = dotPlot(answer, question.contest)
  return dots === undefined ? undefined : writePlot(suite, answer, dots.description, dotPlotSvg(dots))
}

function writePlot(suite: string, { id }: Answer, description: string, svg: string): PlotFile {
  const path = `${PLOTS}/${suite}-${id}.svg`
  writeFileSync(join(DOCS, path), `${svg}\n`)
  return { path, description }
}
