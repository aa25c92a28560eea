import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { installRuntimes, PACKAGES, type RuntimeName } from '../../bench/runtime-packages.js'
import { UserError } from '../../bench/user-error.js'
import { type GroupRun, namesOfGroups, runGroup } from './check-process.js'
import { DEVIATIONS } from './deviations.js'
import type { Observation, Observations } from './observation.js'
import { generatedPart, pageSays, writePage } from './page.js'
import { runSuite, SUITE_RUNTIMES } from './suite.js'
import { printTable } from './table.js'
import { problemsOf } from './verdict.js'

const HELP = `npm run test:runtimes -- [options]

Runs the checks of test/runtimes/checks on every supported runtime, with one binary for all of them, and compares
what they show with the known deviations and with docs/runtimes.md. Runtimes are installed from npm, into
out/runtimes.

  --only <runtime>  only this one, for example 'Node 24' or Bun; compares nothing with the page. May be repeated
  --write           write docs/runtimes.md anew
  --suite [<file>]  instead: the vitest suite, or a part of it, on ${SUITE_RUNTIMES.join(', ')}
  --help            show this`

const ALL = Object.keys(PACKAGES) as RuntimeName[]

const { values, positionals } = parseArguments()

function parseArguments() {
  try {
    return parseArgs({
      options: {
        only: { type: 'string', multiple: true, default: [] },
        write: { type: 'boolean', default: false },
        suite: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
      allowPositionals: true,
    })
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${HELP}`)
    process.exit(2)
  }
}

function chooseRuntimes(from: readonly RuntimeName[]): RuntimeName[] {
  const unknown = values.only.find((name) => !from.some((runtime) => runtime === name))
  if (unknown !== undefined) throw new UserError(`Expected one of ${from.join(', ')}, and received "${unknown}".`)
  return from.filter((name) => values.only.length === 0 || values.only.includes(name))
}

/** All groups on all runtimes, as many processes at once as there are processors. */
async function runChecks(
  runtimes: readonly RuntimeName[],
  groups: readonly string[],
): Promise<ReadonlyMap<RuntimeName, readonly GroupRun[]>> {
  const runs = new Map(runtimes.map((runtime) => [runtime, [] as GroupRun[]]))
  const waiting = runtimes.flatMap((runtime) => groups.map((group, place) => ({ runtime, group, place })))
  const started = performance.now()
  const work = async () => {
    for (let task = waiting.shift(); task !== undefined; task = waiting.shift()) {
      const ofRuntime = runs.get(task.runtime) as GroupRun[]
      ofRuntime[task.place] = await runGroup(task.runtime, task.group)
      if (Object.keys(ofRuntime).length === groups.length) sayDone(task.runtime, ofRuntime, started)
    }
  }
  await Promise.all(Array.from({ length: Math.max(2, availableParallelism()) }, work))
  return runs
}

function sayDone(runtime: RuntimeName, groups: readonly GroupRun[], started: number): void {
  const all = groups.flatMap(({ observations }) => [...observations.values()])
  const ok = all.filter(({ outcome }) => outcome === 'ok').length
  const seconds = ((performance.now() - started) / 1000).toFixed(0)
  console.log(
    `${runtime} ${PACKAGES[runtime].version}: ${ok} of ${all.length} checks as everywhere (after ${seconds} s)`,
  )
}

/** All have loaded the same file, and nothing else of ours. */
function addonProblems(runs: ReadonlyMap<RuntimeName, readonly GroupRun[]>): string[] {
  const seen = [...runs].map(([runtime, groups]) => {
    const files = groups.flatMap(({ addons }) => addons.map(({ path, sha256 }) => `${path} (SHA-256 ${sha256})`))
    return { runtime, files: [...new Set(files)] }
  })
  const first = seen[0]?.files[0]
  if (first !== undefined && seen.every(({ files }) => files.length === 1 && files[0] === first)) {
    console.log(`All have loaded ${first}.`)
    return []
  }
  return seen.map(({ runtime, files }) => `${runtime} has loaded ${files.join(', ') || 'no addon'}.`)
}

function merge(groups: readonly GroupRun[]): Observations {
  return new Map<string, Observation>(groups.flatMap(({ observations }) => [...observations]))
}

async function runMatrix(): Promise<readonly string[]> {
  const runtimes = chooseRuntimes(ALL)
  installRuntimes(runtimes)
  const groups = namesOfGroups()
  const perGroup = await runChecks(runtimes, groups)
  const runs = new Map([...perGroup].map(([runtime, groups]) => [runtime, merge(groups)]))
  const [first = []] = perGroup.values()
  const titles = new Map(groups.map((group, place) => [group, [...(first[place]?.observations.keys() ?? [])]]))
  printTable(runs, titles)
  const problems = [...addonProblems(perGroup), ...problemsOf(runs, DEVIATIONS)]
  if (runtimes.length < ALL.length) return problems
  const part = generatedPart(runs, titles, DEVIATIONS)
  if (values.write) writePage(part)
  else if (!pageSays(part)) problems.push('docs/runtimes.md says otherwise. Run npm run test:runtimes -- --write.')
  return problems
}

function runSuites(): readonly string[] {
  const runtimes = chooseRuntimes(SUITE_RUNTIMES)
  installRuntimes(runtimes)
  return runSuite(runtimes, positionals).map((runtime) => `The suite fails on ${runtime}.`)
}

async function main(): Promise<void> {
  if (values.help) return console.log(HELP)
  const problems = values.suite ? runSuites() : await runMatrix()
  for (const problem of problems) console.error(`\n✗ ${problem}`)
  process.exitCode = problems.length === 0 ? 0 : 1
}

try {
  await main()
} catch (error) {
  if (!(error instanceof UserError)) throw error
  console.error(error.message)
  process.exitCode = 2
}
