import type { Contest } from './contest.js'
import { formatBound, formatLabel, formatMeasured, formatValue } from './format.js'
import { heading, table } from './markdown.js'
import { boundSection, type Contested, originSection, othersAheadSection } from './page-summary.js'
import { groupBy, placeDetails } from './placed.js'
import type { Answer, Detail, Figure, SuiteResult } from './results.js'
import { groupByTrial } from './terminal-report.js'

const INTRODUCTION = `<!-- Written by bench/markdown-report.ts from bench/results/*.json. Do not edit. -->

# Benchmarks

What Holdfast promises about time and memory, what was measured, and what others take for the same: misses and
slower rows are shown like all others.

\`npm run bench:all\` measures all of it and writes this page; \`npm run bench -- --help\` tells how to measure less.
Times are of one machine: trust the ratios more.
`

/** What the page shows besides results. */
export interface Extras {
  noteOf(suite: string): string
  contestOf(suite: string, question: string): Contest | undefined
  plotOf(result: SuiteResult, answer: Answer): PlotFile | undefined
}

export interface PlotFile {
  /** From the page. */
  readonly path: string
  readonly description: string
}

/** docs/benchmarks.md */
export function markdownReport(results: readonly SuiteResult[], extras: Extras): string {
  const versions = new PeerVersions(results)
  const contested = results.flatMap(({ suite, answers }) =>
    answers.flatMap((answer): Contested[] => {
      const contest = extras.contestOf(suite, answer.id)
      if (contest === undefined) return []
      const placed = placeDetails(answer, contest)
      return [{ answer, placed: placed.map((one) => ({ ...one, contestant: versions.added(one.contestant) })) }]
    }),
  )
  return [
    INTRODUCTION,
    ...originSection(results),
    ...boundSection(results),
    ...othersAheadSection(contested),
    ...results.flatMap((result) => suiteSection(result, extras, versions)),
  ].join('\n')
}

/** Names of peers with the version that was measured. */
class PeerVersions {
  /** Longer names first: @fastify/awilix is not awilix. */
  readonly #versions: readonly (readonly [name: string, version: string])[]

  constructor(results: readonly SuiteResult[]) {
    const all = Object.assign({}, ...results.map(({ packages }) => packages)) as Record<string, string>
    this.#versions = Object.entries(all)
      .filter(([name]) => name !== 'holdfast')
      .map(([name, version]) => [shortName(name), version] as const)
      .sort(([a], [b]) => b.length - a.length)
  }

  /** At the beginning of a name only: elsewhere it need not be the package that is meant. */
  added(name: string): string {
    const [peer, version] = this.#versions.find(([peer]) => name === peer || name.startsWith(`${peer},`)) ?? []
    return peer === undefined ? name : `${peer} ${version}${name.slice(peer.length)}`
  }
}

/** As the questions call them: @riaskov/mmap-io is one of several mmap-io, @fastify/awilix is no awilix. */
function shortName(name: string): string {
  return name === '@riaskov/mmap-io' ? 'mmap-io' : name
}

function suiteSection(result: SuiteResult, { noteOf, plotOf }: Extras, versions: PeerVersions): string[] {
  const { suite, answers } = result
  return [
    ...heading(suite),
    noteOf(suite),
    '',
    ...answers.flatMap((answer) => answerSection(answer, plotOf(result, answer), versions)),
  ]
}

function answerSection(answer: Answer, plot: PlotFile | undefined, versions: PeerVersions): string[] {
  const { title, note, layout, figures, failures = [] } = answer
  const lines = [`### ${title}`, '', note, '']
  for (const failure of failures) lines.push(`**Failed**: ${failure}`, '')
  if (plot !== undefined) lines.push(`![${plot.description}](${plot.path})`, '')
  if (figures.length > 0) lines.push(...figures.map(figureLine), '')
  if (answer.details.length === 0) return lines
  const details = answer.details.map((detail) => ({
    ...detail,
    trial: versions.added(detail.trial),
    name: versions.added(detail.name),
  }))
  return [...lines, ...(layout === 'wide' ? wideTable(details) : longTable(details)), '']
}

function figureLine(figure: Figure): string {
  const bound = figure.bound === undefined ? '' : `, to be ${formatBound(figure.bound, figure.unit)}`
  return `- ${formatLabel(figure)}: ${formatMeasured(figure)}${bound}${figure.met === false ? ' (**missed**)' : ''}`
}

function longTable(details: readonly Detail[]): string[] {
  const rows = Array.from(groupByTrial(details), ([trial, group]) => group.map((detail) => [trial, ...cells(detail)]))
  return table(['trial', 'what', 'median', 'half of the rounds', 'largest', 'rounds'], rows.flat())
}

/** A row for each trial, with the medians of its samples. */
function wideTable(details: readonly Detail[]): string[] {
  const names = [...groupBy(details, ({ name }) => name).keys()]
  const rows = Array.from(groupByTrial(details), ([trial, group]) => {
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
