import { formatBound, formatLabel, formatMeasured, formatValue, formatVerdict } from './format.js'
import { groupBy } from './placed.js'
import type { Answer, Detail, Figure, SuiteResult } from './results.js'

const LABEL_COLUMNS = 47

/** The results as lines of at most 80 columns. */
export function terminalReport({ suite, date, commit, machine, answers }: SuiteResult): string {
  const head = [
    `${suite}, commit ${commit}, ${date.slice(0, 10)}`,
    `${machine.cpu}, ${machine.cores} cores, ${machine.platform}, Node.js ${machine.node}`,
  ]
  return [...head, ...answers.flatMap(answerLines), '', summary(answers)].join('\n')
}

function answerLines({ title, layout, figures, details, failures = [] }: Answer): string[] {
  const failed = failures.map((failure) => `  FAILED: ${failure}`)
  return [
    '',
    title,
    ...failed,
    ...figures.flatMap(figureLines),
    ...(layout === 'wide' ? wideLines : detailLines)(details),
  ]
}

function figureLines(figure: Figure): string[] {
  const bound = formatBound(figure.bound, figure.unit)
  const right = `${bound.padStart(10)} ${formatMeasured(figure).padStart(12)} ${formatVerdict(figure).padStart(6)}`
  return withLabel(`  ${formatLabel(figure)}`, right.trimEnd())
}

/** A label too long for its column gets a line of its own. */
function withLabel(label: string, right: string): string[] {
  if (label.length <= LABEL_COLUMNS) return [label.padEnd(LABEL_COLUMNS) + right]
  return [label, ' '.repeat(LABEL_COLUMNS) + right]
}

function detailLines(details: readonly Detail[]): string[] {
  return Array.from(groupByTrial(details), ([trial, group]) => [
    `    ${trial}`,
    ...group.flatMap(({ name, median, unit }) => withLabel(`      ${name}`, formatValue(median, unit).padStart(23))),
  ]).flat()
}

const COLUMNS = 80

/** All medians of a trial one after the other. */
function wideLines(details: readonly Detail[]): string[] {
  return Array.from(groupByTrial(details), ([trial, group]) => [
    `    ${trial}`,
    ...wrap(group.map(({ name, median, unit }) => `${name} ${formatValue(median, unit)}`)),
  ]).flat()
}

function wrap(parts: readonly string[]): string[] {
  const lines: string[] = []
  let line = ''
  for (const part of parts) {
    const longer = line === '' ? `      ${part}` : `${line}, ${part}`
    if (line !== '' && longer.length > COLUMNS) {
      lines.push(line)
      line = `      ${part}`
    } else {
      line = longer
    }
  }
  return [...lines, line]
}

/** The trials, with their runtime where there are several. */
export function groupByTrial(details: readonly Detail[]): Map<string, Detail[]> {
  const severalRuntimes = new Set(details.map(({ runtime }) => runtime)).size > 1
  return groupBy(details, ({ runtime, trial }) => (severalRuntimes ? `${runtime}: ${trial}` : trial))
}

function summary(answers: readonly Answer[]): string {
  const bounded = answers.flatMap(({ figures }) => figures).filter(({ bound }) => bound !== undefined)
  const count = (met: boolean | null) => bounded.filter((figure) => figure.met === met).length
  const unmeasured = count(null) === 0 ? '' : `, ${count(null)} not measured (--all-runtimes installs what is missing)`
  const failed = answers.filter(({ failures }) => failures !== undefined).length
  const failures = failed === 0 ? '' : `, ${failed} questions FAILED`
  return `${bounded.length} bounds: ${count(true)} met, ${count(false)} missed${unmeasured}${failures}`
}
