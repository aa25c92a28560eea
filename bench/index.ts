import { parseArgs } from 'node:util'
import { checkRatios } from './check.js'
import { MeasuringRun } from './measuring-run.js'
import type { Question } from './question.js'
import { saveReports } from './reports.js'
import { type SuiteResult, saveResult } from './results.js'
import { findRuntimes } from './runtimes.js'
import { SUITES } from './suites/index.js'
import { terminalReport } from './terminal-report.js'
import { UserError } from './user-error.js'

const ALL = 'all'
const CHECK = 'check'
const SUITE_NAMES = Object.keys(SUITES).join(', ')

const HELP = `npm run bench -- <suite> [options]

Measures a suite of questions and writes bench/results/<suite>.json, docs/benchmarks.md and the plots in
docs/benchmarks.
Suites: ${SUITE_NAMES}; ${ALL}: each of them, in one run
${CHECK}: measures ratios quickly and compares them with those that were recorded; exits with 1 when one is much worse.
Exits with 1 when a question could not be answered; the others are measured all the same.

  --check          exit with 1 when a bound is missed
  --only <id>      only this question; writes no files. May be repeated
  --report         measure nothing, write the reports again from the saved results
  --node <path>    also ask on this Node.js what may differ between runtimes. May be repeated
  --all-runtimes   install the runtimes that are missing, from npm, into out/runtimes
  --help           show this

HOLDFAST_BENCH_NODES may hold more paths for --node, separated like those of PATH.`

const { values, positionals } = parseArguments()

function parseArguments() {
  try {
    return parseArgs({
      options: {
        check: { type: 'boolean', default: false },
        report: { type: 'boolean', default: false },
        only: { type: 'string', multiple: true, default: [] },
        node: { type: 'string', multiple: true, default: [] },
        'all-runtimes': { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
      allowPositionals: true,
    })
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${HELP}`)
    process.exit(2)
  }
}

/** The suites to measure, each with the questions to ask. */
function choose(name: string): Map<string, readonly Question[]> {
  const suites = name === ALL ? Object.keys(SUITES) : [name]
  const chosen = suites.map((suite): [string, readonly Question[]] => {
    const questions = SUITES[suite]?.questions
    if (questions === undefined) {
      throw new UserError(`Expected ${ALL} or the name of a suite (${SUITE_NAMES}) and received "${suite}".`)
    }
    return [suite, questions]
  })
  const ids = chosen.flatMap(([, questions]) => questions.map(({ id }) => id))
  const unknown = values.only.find((only) => !ids.includes(only))
  if (unknown !== undefined) {
    throw new UserError(`Expected the id of a question (${ids.join(', ')}) and received "${unknown}".`)
  }
  if (values.only.length === 0) return new Map(chosen)
  const isWanted = ({ id }: Question) => values.only.includes(id)
  return new Map(chosen.map(([suite, questions]) => [suite, questions.filter(isWanted)]))
}

/** As somebody else would type it: paths of this machine left out. */
function describeCommand(name: string): string {
  const options = [...(values['all-runtimes'] ? ['--all-runtimes'] : []), ...values.node.map(() => '--node <path>')]
  return ['npm run bench --', name, ...options].join(' ')
}

/** What was measured before the run was interrupted is saved, and so is the page. */
async function measureAll(name: string): Promise<SuiteResult[]> {
  const runtimes = findRuntimes({ executables: values.node, install: values['all-runtimes'] })
  const run = new MeasuringRun(choose(name), runtimes, { command: describeCommand(name) })
  const results: SuiteResult[] = []
  for await (const { result, series } of run.suites()) {
    console.log(`\n${terminalReport(result)}\n`)
    results.push(result)
    if (values.only.length > 0) continue
    saveResult(result, series)
    saveReports()
  }
  return results
}

async function main(name: string | undefined): Promise<void> {
  if (values.report) return saveReports()
  if (values.help || name === undefined) {
    console.log(HELP)
    return
  }
  if (name === CHECK) {
    const failures = await checkRatios(values.only)
    for (const failure of failures) console.error(failure)
    if (failures.length > 0) process.exitCode = 1
    return
  }
  const answers = (await measureAll(name)).flatMap(({ answers }) => answers)
  const failed = answers.some(({ failures }) => failures !== undefined)
  const missed = answers.some(({ figures }) => figures.some(({ met }) => met === false))
  if (failed || (values.check && missed)) process.exitCode = 1
}

try {
  await main(positionals[0])
} catch (error) {
  if (!(error instanceof UserError)) throw error
  console.error(error.message)
  process.exitCode = 2
}
