import { parseArgs } from 'node:util'
import { describeCommit, describeMachine } from './machine.js'
import type { Question } from './question.js'
import { saveReports } from './reports.js'
import { type Answer, type SuiteResult, type SuiteSeries, saveResult } from './results.js'
import { findRuntimes } from './runtimes.js'
import { StatusLine } from './status-line.js'
import { SUITES } from './suites.js'
import { terminalReport } from './terminal-report.js'
import { TrialRunner } from './trial-runner.js'
import { UserError } from './user-error.js'

const HELP = `npm run bench -- <suite> [options]

Measures a suite of questions and writes bench/results/<suite>.json, docs/benchmarks.md and the plots in
docs/benchmarks.
Suites: ${Object.keys(SUITES).join(', ')}

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

function chooseQuestions(suite: string): readonly Question[] {
  const questions = SUITES[suite]?.questions
  if (questions === undefined) {
    throw new UserError(`Expected the name of a suite (${Object.keys(SUITES).join(', ')}) and received "${suite}".`)
  }
  const unknown = values.only.find((only) => !questions.some(({ id }) => id === only))
  if (unknown !== undefined) {
    const known = questions.map(({ id }) => id).join(', ')
    throw new UserError(`Expected the id of a question (${known}) and received "${unknown}".`)
  }
  return values.only.length === 0 ? questions : questions.filter(({ id }) => values.only.includes(id))
}

/** As somebody else would type it: paths of this machine left out. */
function describeCommand(suite: string): string {
  const options = [...(values['all-runtimes'] ? ['--all-runtimes'] : []), ...values.node.map(() => '--node <path>')]
  return ['npm run bench --', suite, ...options].join(' ')
}

async function measure(suite: string): Promise<{ result: SuiteResult; series: SuiteSeries }> {
  const questions = chooseQuestions(suite)
  const runtimes = findRuntimes({ executables: values.node, install: values['all-runtimes'] })
  // Asked first: a commit made meanwhile is not what is measured.
  const commit = describeCommit()
  const runner = new TrialRunner(suite, questions, runtimes, new StatusLine(process.stderr))
  const answers: Answer[] = []
  for (const question of questions) answers.push(await runner.ask(question))
  const date = new Date().toISOString()
  const versions = runtimes.flatMap(({ executable }) => executable?.version ?? [])
  const machine = describeMachine()
  const result = { suite, date, command: describeCommand(suite), commit, machine, versions, answers }
  return { result, series: runner.series }
}

async function main(suite: string | undefined): Promise<void> {
  if (values.report) return saveReports()
  if (values.help || suite === undefined) {
    console.log(HELP)
    return
  }
  const { result, series } = await measure(suite)
  console.log(`\n${terminalReport(result)}`)
  if (values.only.length === 0) {
    saveResult(result, series)
    saveReports()
  }
  const missed = result.answers.some(({ figures }) => figures.some(({ met }) => met === false))
  if (values.check && missed) process.exitCode = 1
}

try {
  await main(positionals[0])
} catch (error) {
  if (!(error instanceof UserError)) throw error
  console.error(error.message)
  process.exitCode = 2
}
