import type { Recording, SiteTotals } from '../recording/recording.js'
import { CommandError, ExitCode } from './command-error.js'
import { readForCommand } from './recording-input.js'
import { worstSites } from './summary.js'
import { painter } from './terminal.js'
import { formatCount, plural } from './text.js'

export interface CheckOptions {
  maxLive?: number
  maxFinalized?: number
  maxPeak?: number
}

/** What can be limited. */
interface Limit {
  readonly option: keyof CheckOptions
  readonly flag: string
  readonly what: string
  count(recording: Recording): number
  /** Which sites are to blame. */
  concerns(site: SiteTotals): boolean
}

const LIMITS: readonly Limit[] = [
  {
    option: 'maxLive',
    flag: '--max-live',
    what: 'left at the end',
    count: ({ total }) => total.live,
    concerns: ({ live }) => live > 0,
  },
  {
    option: 'maxFinalized',
    flag: '--max-finalized',
    what: 'finalized',
    count: ({ total }) => total.finalized,
    concerns: ({ finalized }) => finalized > 0,
  },
  {
    option: 'maxPeak',
    flag: '--max-peak',
    what: 'open at once',
    count: ({ total }) => total.peakLive,
    concerns: () => false,
  },
]

export function check(path: string, options: CheckOptions): number {
  const limits = LIMITS.filter(({ option }) => options[option] !== undefined)
  if (limits.length === 0) {
    throw new CommandError(`check what? Give at least one of ${LIMITS.map(({ flag }) => flag).join(', ')}.`)
  }
  const recording = readForCommand(path)
  const paint = painter(process.stdout)
  const passed = limits.filter((limit) => limit.count(recording) > (options[limit.option] as number))
  for (const limit of limits) {
    const isPassed = passed.includes(limit)
    const verdict = isPassed ? paint('red', 'past') : paint('green', 'within')
    const count = plural(limit.count(recording), 'handle')
    console.log(`${count} ${limit.what}: ${verdict} ${limit.flag} ${formatCount(options[limit.option] as number)}`)
  }
  const blamed = worstSites(recording, (site) => passed.some((limit) => limit.concerns(site)))
  if (blamed.length > 0) console.log(`\n${blamed.join('\n')}`)
  return passed.length === 0 ? ExitCode.fine : ExitCode.foundSomething
}
