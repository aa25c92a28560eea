import { parseArgs } from 'node:util'
import { StatusLine } from '../../bench/status-line.js'
import { UserError } from '../../bench/user-error.js'
import { runChild } from '../support/child.js'
import { SANITIZED } from '../support/sanitized.js'
import { Surroundings } from '../support/surroundings.js'
import { checkRound, type LapRecord, type RoundRecord } from './check.js'
import { FAULTS } from './faults.js'

const HELP = `npm run soak -- [options]

Random programs over the whole library, in several threads at once: workers × transfers × collections × disposals ×
ends of workers × files, maps, shared memory, secrets and arenas. Each round is a process of its own, and is checked
when it has ended: counts, handles, descriptors, maps, names, memory, warnings.

  --seconds <n>   for how long rounds are begun; at least one is. Default 600
  --seed <n>      of the first round; the next one has the next. Default: by chance
  --laps <n>      how often a round begins with nothing open and ends so. Default 20
  --fault <name>  plants a fault in each lap, to see that it is found: ${Object.keys(FAULTS).join(', ')}
  --help          show this

A seed decides what each thread does. When, relative to the others, is for the machine: repeat a failing seed several
times, or on a busy machine.`

const MOST_SEED = 2 ** 31 - 1
const MOST_MILLISECONDS_PER_LAP = SANITIZED ? 60_000 : 10_000
const MOST_PROBLEMS = 20

const whole = new Intl.NumberFormat('en')

interface Settings {
  readonly seconds: number
  readonly seed: number
  readonly laps: number
  readonly fault: string | undefined
}

function readSettings(): Settings | undefined {
  const { values } = parseArgs({
    options: {
      seconds: { type: 'string', default: '600' },
      seed: { type: 'string', default: String(Math.floor(Math.random() * MOST_SEED)) },
      laps: { type: 'string', default: '20' },
      fault: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return undefined
  const { fault } = values
  if (fault !== undefined && FAULTS[fault] === undefined) throw new UserError(`There is no fault "${fault}".`)
  return {
    seconds: integer('--seconds', values.seconds, 0, 10 ** 6),
    seed: integer('--seed', values.seed, 0, MOST_SEED),
    laps: integer('--laps', values.laps, 1, 10_000),
    fault,
  }
}

function integer(name: string, text: string, least: number, most: number): number {
  const value = Number(text)
  if (text !== '' && Number.isInteger(value) && value >= least && value <= most) return value
  throw new UserError(`Expected an integer from ${least} to ${most} for ${name} and received "${text}".`)
}

const LEVELS = ['off', 'counts', 'sampled', 'full']

async function runRound(seed: number, { laps, fault }: Settings): Promise<RoundRecord> {
  using surroundings = new Surroundings()
  const { folder, name } = surroundings
  const result = await runChild(new URL('./round.js', import.meta.url), {
    args: [folder, name, String(seed), String(laps), ...(fault === undefined ? [] : [fault])],
    // Handles are dropped on purpose, which is to be noticed, and not to be told of.
    env: { ...surroundings.env, HOLDFAST_TRACKING: LEVELS[seed % LEVELS.length] },
    execArgv: ['--disable-warning=HOLDFAST_LEAK'],
    timeout: laps * MOST_MILLISECONDS_PER_LAP,
  })
  const { code, signal, stderr } = result
  const lines = result.stdout.split('\n').filter((line) => line !== '')
  const left = surroundings.takeLeft()
  return { code, signal, stderr, left, plannedLaps: laps, laps: lines.map((line) => JSON.parse(line) as LapRecord) }
}

async function checkSeed(
  seed: number,
  settings: Settings,
): Promise<{ laps: readonly LapRecord[]; problems: string[] }> {
  try {
    const round = await runRound(seed, settings)
    return { laps: round.laps, problems: checkRound(round) }
  } catch (error) {
    return { laps: [], problems: [(error as Error).message] }
  }
}

/** @returns whether all was well */
async function soak(settings: Settings): Promise<boolean> {
  const end = performance.now() + settings.seconds * 1000
  const status = new StatusLine(process.stdout)
  const totals = { rounds: 0, operations: 0, workers: 0 }
  do {
    const seed = (settings.seed + totals.rounds) % MOST_SEED
    status.begin(`round ${totals.rounds + 1}, seed ${seed}; ${describeTotals(totals)} so far`)
    const { laps, problems } = await checkSeed(seed, settings)
    status.end()
    if (problems.length > 0) return reportFailure(seed, problems, settings)
    totals.rounds++
    for (const { operations, workers } of laps) {
      totals.operations += operations
      totals.workers += workers
    }
  } while (performance.now() < end)
  console.log(`${totals.rounds} rounds from seed ${settings.seed}: ${describeTotals(totals)}, nothing found`)
  return true
}

function describeTotals({ operations, workers }: { operations: number; workers: number }): string {
  return `${whole.format(operations)} operations, ${whole.format(workers)} workers`
}

function reportFailure(seed: number, problems: string[], { laps, fault }: Settings): false {
  const more = problems.length - MOST_PROBLEMS
  for (const problem of problems.slice(0, MOST_PROBLEMS)) console.error(problem)
  if (more > 0) console.error(`and ${more} more`)
  const planted = fault === undefined ? '' : ` --fault '${fault}'`
  console.error(`\nTo repeat it: npm run soak -- --seconds 0 --seed ${seed} --laps ${laps}${planted}`)
  return false
}

try {
  const settings = readSettings()
  if (settings === undefined) console.log(HELP)
  else if (!(await soak(settings))) process.exitCode = 1
} catch (error) {
  if (!isMistake(error)) throw error
  console.error(error.message.split('\n', 1)[0])
  process.exitCode = 2
}

/** Of whoever has typed the command. */
function isMistake(error: unknown): error is Error {
  return error instanceof UserError || String((error as NodeJS.ErrnoException).code).startsWith('ERR_PARSE_ARGS')
}
