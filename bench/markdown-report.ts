import { formatBound, formatMeasured, formatValue } from './format.js'
import type { Answer, Detail, Figure, SuiteResult } from './results.js'
import { groupByTrial } from './terminal-report.js'

const INTRODUCTION = `<!-- Written by bench/markdown-report.ts from bench/results/*.json. Do not edit. -->

# Benchmarks

What Holdfast promises about time and memory, and what was measured, misses included.

\`npm run bench -- <suite>\` measures one suite again and writes this page; \`--help\` tells the options. Times
are of one machine: trust the ratios more.
`

/** docs/benchmarks.md */
export function markdownReport(results: readonly SuiteResult[], extras: Extras): string {
  return [INTRODUCTION, ...results.map((result) => suiteSection(result, extras))].join('\n')
}

/** What the page shows besides results. */
export interface Extras {
  noteOf(suite: string): string
  plotOf(result: SuiteResult, answer: Answer): PlotFile | undefined
}

export interface PlotFile {
  /** From the page. */
  readonly path: string
  readonly description: string
}

function suiteSection(result: SuiteResult, { noteOf, plotOf }: Extras): string {
  const { suite, date, command, commit, machine, versions, answers } = result
  const bounded = answers.filter(({ figures }) => figures.some(({ bound }) => bound !== undefined))
  return [
    `## ${suite}`,
    '',
    noteOf(suite),
    '',
    ...table(
      ['measured', ''],
      [
        ['machine', `${machine.cpu}, ${machine.cores} cores, ${machine.memoryGiB} GiB, ${machine.platform}`],
        ['runtime', `Node.js ${machine.node}; where a row names one: ${versions.join(', ')}`],
        ['commit', commit],
        ['date', date],
        ['command', `\`${command}\``],
      ],
    ),
    '',
    '### What must show',
    '',
    ...table(['question', 'bound', 'measured', 'met?'], bounded.flatMap(boundRows)),
    '',
    ...answers.flatMap((answer) => answerSection(answer, plotOf(result, answer))),
  ].join('\n')
}

function boundRows({ title, figures }: Answer): string[][] {
  return figures
    .filter(({ bound }) => bound !== undefined)
    .map((figure) => [
      `${title}: ${figure.label}`,
      formatBound(figure.bound, figure.unit),
      formatMeasured(figure),
      verdict(figure),
    ])
}

function verdict({ met }: Figure): string {
  if (met === null) return 'not measured'
  return met ? 'yes' : '**no**'
}

function answerSection({ title, note, layout, figures, details }: Answer, plot: PlotFile | undefined): string[] {
  const unbounded = figures.filter(({ bound }) => bound === undefined)
  const lines = [`### ${title}`, '', note, '']
  if (plot !== undefined) lines.push(`![${plot.description}](${plot.path})`, '')
  if (unbounded.length > 0) {
    const rows = unbounded.map((figure) => [figure.label, formatMeasured(figure)])
    lines.push(...table(['without a bound', 'measured'], rows), '')
  }
  return [...lines, ...(layout === 'wide' ? wideTable(details) : longTable(details)), '']
}

function longTable(details: readonly Detail[]): string[] {
  const rows = Array.from(groupByTrial(details), ([trial, group]) => group.map((detail) => [trial, ...cells(detail)]))
  return table(['trial', 'what', 'median', 'half of the rounds', 'largest', 'rounds'], rows.flat())
}

/** A row for each trial, with the medians of its samples. */
function wideTable(details: readonly Detail[]): string[] {
  const groups = groupByTrial(details)
  const names = [...new Set(details.map(({ name }) => name))]
  const rows = Array.from(groups, ([trial, group]) => {
    const cellOf = (name: string) => {
      const detail = group.find((detail) => detail.name === name)
      return detail === undefined ? '' : formatValue(detail.median, detail.unit)
    }
    return [trial, ...names.map(cellOf), String(group[0]?.rounds ?? '')]
  })
  return table(['trial', ...names, 'runs'], rows)
}

function cells({ name, unit, median, quartiles, worst, rounds }: Detail): string[] {
  const spread = quartiles === undefined ? '' : quartiles.map((value) => formatValue(value, unit)).join(' to ')
  return [name, formatValue(median, unit), spread, worst === undefined ? '' : formatValue(worst, unit), String(rounds)]
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (row: readonly string[]) => `| ${row.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)]
}
