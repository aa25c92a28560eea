import { formatBound, formatLabel, formatMeasured, formatValue } from './format.js'
import { heading, link, table } from './markdown.js'
import { groupBy, type Placed } from './placed.js'
import type { Answer, Figure, SuiteResult } from './results.js'

// What the page says before it goes into each question.

/** A row where all suites are of one run, otherwise what differs is said of each. */
export function originSection(results: readonly SuiteResult[]): string[] {
  const rows: [string, (result: SuiteResult) => string][] = [
    ['commit', ({ commit }) => commit],
    ['run', ({ run, date }) => (run === undefined ? `ended ${minute(date)}` : `begun ${minute(run)}`)],
    ['command', ({ command }) => `\`${command}\``],
    [
      'machine',
      ({ machine: { cpu, cores, memoryGiB, platform } }) => `${cpu}, ${cores} cores, ${memoryGiB} GiB, ${platform}`,
    ],
    ['runtime', ({ machine, versions }) => `Node.js ${machine.node}; where a row names one: ${versions.join(', ')}`],
    ['packages', ({ packages }) => describePackages(packages)],
  ]
  const differing = rows.filter(([, cellOf]) => new Set(results.map(cellOf)).size > 1)
  const common = rows.filter((row) => !differing.includes(row))
  const seconds = results.map(({ seconds }) => seconds)
  const total = seconds.reduce<number>((sum, each) => sum + (each ?? 0), 0)
  const lines = [
    ...(differing.length === 0 ? [] : [severalRuns(differing.map(([name]) => name)), '']),
    ...table(
      ['measured', ''],
      [
        ...common.map(([name, cellOf]) => [name, cellOf(results[0] as SuiteResult)]),
        ...(seconds.includes(undefined) ? [] : [['time', `${Math.round(total / 60)} min`]]),
      ],
    ),
    '',
    ...table(
      ['suite', ...differing.map(([name]) => name), 'time', 'bounds met'],
      results.map((result) => [
        link(result.suite),
        ...differing.map(([, cellOf]) => cellOf(result)),
        result.seconds === undefined ? 'not recorded' : duration(result.seconds),
        tally(result.answers),
      ]),
    ),
  ]
  return [...lines, '']
}

function severalRuns(names: readonly string[]): string {
  return `**Not all of this was measured at once**: the suites differ in ${names.join(', ')}, as the second table tells.`
}

function minute(date: string): string {
  return `${date.slice(0, 16).replace('T', ' ')} UTC`
}

function duration(seconds: number): string {
  return seconds < 100 ? `${Math.round(seconds)} s` : `${Math.round(seconds / 60)} min`
}

function describePackages(packages: SuiteResult['packages']): string {
  if (packages === undefined) return 'versions not recorded'
  return Object.entries(packages)
    .map(([name, version]) => `${name} ${version}`)
    .join(', ')
}

function tally(answers: readonly Answer[]): string {
  const bounded = answers.flatMap(({ figures }) => figures).filter(({ bound }) => bound !== undefined)
  const failed = answers.filter(({ failures }) => failures !== undefined).length
  const met = `${bounded.filter(({ met }) => met === true).length} of ${bounded.length}`
  return failed === 0 ? met : `${met}; **${failed} ${failed === 1 ? 'question' : 'questions'} failed**`
}

/** Every number with a bound, of all suites. */
export function boundSection(results: readonly SuiteResult[]): string[] {
  const rows = results.flatMap(({ suite, answers }) =>
    answers.flatMap((answer) => [
      ...(answer.failures ?? []).map((failure) => [suite, link(answer.title), '**failed**', '', failure, '**no**']),
      ...answer.figures.filter(({ bound }) => bound !== undefined).map((figure) => boundRow(suite, answer, figure)),
    ]),
  )
  return [...heading('What must show'), ...table(['suite', 'question', '', 'bound', 'measured', 'met?'], rows), '']
}

function boundRow(suite: string, { title }: Answer, figure: Figure): string[] {
  const { bound, unit } = figure
  return [suite, link(title), formatLabel(figure), formatBound(bound, unit), formatMeasured(figure), verdict(figure)]
}

function verdict({ met }: Figure): string {
  if (met === null) return 'not measured'
  return met ? 'yes' : '**no**'
}

/** What was placed of a question. */
export interface Contested {
  readonly answer: Answer
  readonly placed: readonly Placed[]
}

/** Of every comparison that somebody else wins against the best of ours: by how much, and who. */
export function othersAheadSection(contested: readonly Contested[]): string[] {
  const comparisons = contested.flatMap(({ answer, placed }) =>
    [...groupBy(placed, ({ group, detail }) => `${group} ${detail.unit}`).values()].map((group) => ({ answer, group })),
  )
  const rows = comparisons.flatMap(({ answer, group }) => othersAhead(answer, group))
  const compared = comparisons.filter(({ group }) => hasBothSides(group)).length
  return [
    ...heading('Where others are ahead'),
    `Medians of ${compared} comparisons in all, from the tables below; of several of ours the best counts. Some of the ` +
      'others do less, which the question says.',
    '',
    ...table(['question', 'compared', 'others', 'Holdfast', 'factor'], rows),
    '',
  ]
}

function hasBothSides(group: readonly Placed[]): boolean {
  return group.some(({ isOurs }) => isOurs) && group.some(({ isOurs }) => !isOurs)
}

function othersAhead({ title }: Answer, group: readonly Placed[]): string[][] {
  const sign = group[0]?.better === 'more' ? -1 : 1
  const ours = group.filter(({ isOurs }) => isOurs).sort((a, b) => sign * (a.detail.median - b.detail.median))[0]
  if (ours === undefined) return []
  return group
    .filter(({ isOurs, detail }) => !isOurs && sign * (ours.detail.median - detail.median) > 0)
    .map((other): string[] => [
      link(title),
      other.group,
      `${other.contestant}: ${formatValue(other.detail.median, other.detail.unit)}`,
      `${ours.contestant}: ${formatValue(ours.detail.median, ours.detail.unit)}`,
      factorOf(ours.detail.median, other.detail.median),
    ])
}

/** Empty where there is nothing, or less, on one side. */
function factorOf(a: number, b: number): string {
  const [less, more] = a < b ? [a, b] : [b, a]
  return less > 0 ? formatValue(more / less, 'ratio') : ''
}
