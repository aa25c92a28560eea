import type { HandleCounts, HandleStatistics } from 'holdfast'
import type { Left } from '../support/surroundings.js'
import type { LeftInProcess } from './support.js'

// What has to be true of a round. It is asked in another process, of what the round has reported.

/** When everything of a lap was ended and dropped, and the engine was asked to find it. */
export interface LapRecord {
  readonly operations: number
  readonly workers: number
  /** Of handles that JavaScript releases, those of terminated workers left out. */
  readonly neverReleased: number
  readonly releasedTwice: number
  readonly thread: HandleStatistics
  readonly process: HandleStatistics
  readonly left: LeftInProcess
  readonly residentBytes: number
}

export interface RoundRecord {
  readonly code: number | null
  readonly signal: string | null
  /** Warnings, and what the threads complain of. */
  readonly stderr: string
  readonly laps: readonly LapRecord[]
  /** How many it should have run. */
  readonly plannedLaps: number
  /** When it had ended. */
  readonly left: Left
}

/** Resident memory may grow by this much between a tenth of the laps and the end: half of it, and what noise there is. */
const MOST_GROWTH = 1.5
const NOISE_BYTES = 24 * 2 ** 20
/** Pages that a thread keeps for its next secrets: docs/secret-buffer.md. */
const MOST_LOCKED_KIB = 64
/** With fewer laps memory is still being filled for the first time. */
const LEAST_LAPS_FOR_GROWTH = 10

/** @returns what was found wrong, a line each */
export function checkRound(round: RoundRecord): string[] {
  const { code, signal, stderr, laps, plannedLaps, left } = round
  const problems: string[] = []
  if (code !== 0) problems.push(`the process ended with code ${code}, signal ${signal}`)
  if (stderr !== '') problems.push(`on standard error: ${stderr.trimEnd()}`)
  if (laps.length !== plannedLaps) problems.push(`${laps.length} of ${plannedLaps} laps were run`)
  problems.push(...checkLaps(laps))
  for (const [what, which] of Object.entries(left)) {
    if (which.length > 0) problems.push(`left behind when it had ended, ${what}: ${which.join(', ')}`)
  }
  return [...problems, ...checkGrowth(laps)]
}

/** A line for each problem, however many laps have it: what is left in one is left in the next ones, too. */
function checkLaps(laps: readonly LapRecord[]): string[] {
  const lapsByProblem = new Map<string, number[]>()
  for (const [index, lap] of laps.entries()) {
    for (const problem of checkLap(lap)) {
      const numbers = lapsByProblem.get(problem) ?? []
      lapsByProblem.set(problem, [...numbers, index + 1])
    }
  }
  return Array.from(lapsByProblem, ([problem, numbers]) => `${describeLaps(numbers)}: ${problem}`)
}

function describeLaps(numbers: readonly number[]): string {
  const first = numbers[0] as number
  if (numbers.length === 1) return `lap ${first}`
  const last = numbers.at(-1) as number
  return last - first === numbers.length - 1 ? `laps ${first} to ${last}` : `laps ${numbers.join(', ')}`
}

function checkLap(lap: LapRecord): string[] {
  const problems = [...checkCounts('thread', lap.thread), ...checkCounts('process', lap.process)]
  const { descriptors, moreDescriptors, maps, lockedKiB } = lap.left
  const wrong: [string, unknown][] = [
    ['handles never released by JavaScript', lap.neverReleased],
    ['handles released more than once by JavaScript', lap.releasedTwice],
    ['descriptors left open', descriptors.join(', ')],
    ['more descriptors than at first', Math.max(0, moreDescriptors)],
    ['maps left', maps.join(', ')],
    ['KiB locked', lockedKiB > MOST_LOCKED_KIB ? lockedKiB : 0],
  ]
  for (const [what, found] of wrong) if (found !== 0 && found !== '') problems.push(`${what}: ${found}`)
  if (lap.operations === 0) problems.push('nothing was done')
  return problems
}

function checkCounts(scope: string, { kinds, ...total }: HandleStatistics): string[] {
  return Object.entries({ all: total, ...kinds }).flatMap(([kind, counts]) => {
    const problems: string[] = []
    if (expectedOpened(counts) !== counts.opened) {
      problems.push(`the counts of ${kind} in the ${scope} do not add up: ${JSON.stringify(counts)}`)
    }
    if (counts.live !== 0 || counts.liveBytes !== 0) {
      problems.push(`still live in the ${scope}: ${counts.live} × ${kind}, ${counts.liveBytes} bytes`)
    }
    return problems
  })
}

function expectedOpened({ live, disposed, finalized, transferredIn, transferredOut }: HandleCounts): number {
  return live + disposed + finalized + transferredOut - transferredIn
}

function checkGrowth(laps: readonly LapRecord[]): string[] {
  if (laps.length < LEAST_LAPS_FOR_GROWTH) return []
  const first = laps[Math.floor(laps.length / 10)]?.residentBytes ?? 0
  const last = laps.at(-1)?.residentBytes ?? 0
  if (last <= first * MOST_GROWTH + NOISE_BYTES) return []
  return [`resident memory grew from ${mebibytes(first)} to ${mebibytes(last)} MiB`]
}

export function mebibytes(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(0)
}
