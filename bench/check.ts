import { formatValue } from './format.js'
import { MeasuringRun } from './measuring-run.js'
import type { Question } from './question.js'
import { type Comparison, compareRatios, confirm, failuresOf, type Ratio, ratiosOf } from './regression.js'
import { type SuiteResult, savedResults } from './results.js'
import { CURRENT } from './runtimes.js'
import { SUITES } from './suites/index.js'

type Suites = ReadonlyMap<string, readonly Question[]>

/** Ratios of one process are the same on other machines, more or less, and in fewer rounds. */
function canBeChecked({ trials, onEveryRuntime }: Question): boolean {
  return !onEveryRuntime && trials.every(({ runQuickly }) => runQuickly !== undefined)
}

/** Measures ratios quickly and compares them with those that were recorded. Returns why it fails, a line each. */
export async function checkRatios(only: readonly string[]): Promise<string[]> {
  const isWanted = (question: Question) => canBeChecked(question) && (only.length === 0 || only.includes(question.id))
  const suites: Suites = new Map(
    Object.entries(SUITES).map(([suite, { questions }]) => [suite, questions.filter(isWanted)]),
  )
  const recorded = recordedRatios(suites, only)
  const first = await measure(suites)
  const comparisons = compareRatios(recorded, first.ratios)
  const worse = comparisons.filter(({ verdict }) => verdict === 'worse')
  const confirmed = worse.length === 0 ? comparisons : confirm(comparisons, await measureAgain(suites, recorded, worse))
  console.log(`\n${tableOf(confirmed)}\n`)
  return [...first.failures, ...failuresOf(confirmed)]
}

/** Of what is checked, and of what no suite asks any more. */
function recordedRatios(suites: Suites, only: readonly string[]): Ratio[] {
  const isAsked = (suite: string, id: string) =>
    SUITES[suite]?.questions.some((question) => question.id === id) ?? false
  const isChecked = (suite: string, id: string) => suites.get(suite)?.some((question) => question.id === id) ?? false
  return ratiosOf(savedResults(), (suite, id) => isChecked(suite, id) || (only.length === 0 && !isAsked(suite, id)))
}

async function measureAgain(
  suites: Suites,
  recorded: readonly Ratio[],
  worse: readonly Comparison[],
): Promise<Comparison[]> {
  const isWorse = (suite: string, { id }: Question) => worse.some(({ name }) => name.startsWith(`${suite}/${id}: `))
  const again = Array.from(suites, ([suite, questions]): [string, Question[]] => {
    return [suite, questions.filter((question) => isWorse(suite, question))]
  })
  const { ratios } = await measure(new Map(again))
  return compareRatios(recorded, ratios)
}

async function measure(suites: Suites): Promise<{ ratios: Ratio[]; failures: string[] }> {
  const results: SuiteResult[] = []
  const run = new MeasuringRun(suites, [CURRENT], { command: 'check', quickly: true })
  for await (const { result } of run.suites()) results.push(result)
  const failures = results.flatMap(({ answers }) => answers.flatMap(({ failures = [] }) => failures))
  return { ratios: ratiosOf(results, () => true), failures }
}

function tableOf(comparisons: readonly Comparison[]): string {
  const format = (ratio: number | undefined) => (ratio === undefined ? '' : formatValue(ratio, 'ratio'))
  const rows = comparisons.map(({ name, recorded, now, change, tolerance, verdict }) => {
    const cells = [change?.toFixed(2) ?? '', tolerance === undefined ? '' : `≤ ${tolerance.toFixed(1)}`]
    return [name, format(recorded), format(now), ...cells, verdict]
  })
  const all = [['ratio', 'recorded', 'now', 'times as bad', 'bound', 'verdict'], ...rows]
  const widths = [0, 1, 2, 3, 4].map((column) => Math.max(...all.map((row) => row[column]?.length ?? 0)))
  return all
    .map(([name = '', ...cells]) => {
      const right = cells.map((cell, i) => (i < 4 ? cell.padStart(widths[i + 1] ?? 0) : cell))
      return [name.padEnd(widths[0] ?? 0), ...right].join('  ')
    })
    .join('\n')
}
