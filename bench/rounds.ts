import { performance } from 'node:perf_hooks'
import { setImmediate } from 'node:timers/promises'
import type { Progress, Samples, Trial } from './question.js'

// Contestants take turns in one process, so that what disturbs the machine disturbs all of them alike,
// and a ratio is only taken between turns of one round.
//
// Who pays for what: a turn is the work of one contestant, a minor collection, and one turn of the event
// loop, where finalizers run that the engine has put off; all of it is inside the contestant's time. So
// each clears away what it has left behind, and nobody begins with the garbage of the one before. What
// that costs those who leave nothing is about a hundredth of a turn. Major collections come as they come.

/** Does the work `count` times. Comes to a number that depends on all of it, so that none can be left out. */
export type Work = (count: number) => number | Promise<number>

export interface Contestant {
  readonly name: string
  prepare(): Work
}

/** Whose work shows in a counter: a number that grows with everything that was released. */
export function countingContestant(name: string, counter: () => number, work: (count: number) => void): Contestant {
  return {
    name,
    prepare: () => (count) => {
      const before = counter()
      work(count)
      return counter() - before
    },
  }
}

export interface RoundOptions {
  /** How many rounds count. Default 21 */
  readonly rounds?: number
  /** How long a turn should take at least. Default 40 */
  readonly turnMilliseconds?: number
  /** How many turns a contestant has in each round, of which the shortest counts. Default 1 */
  readonly attempts?: number
}

const WARM_UP_ROUNDS = 3
const MAX_WARM_UPS = 8
const NANOSECONDS_PER_MILLISECOND = 1e6

interface Player {
  readonly name: string
  readonly work: Work
  count: number
  readonly nanoseconds: number[]
}

/** Enough to see a ratio change by half: what disturbs the machine makes turns longer, and seldom three in a row. */
const QUICK: RoundOptions = { rounds: 7, turnMilliseconds: 10, attempts: 3 }

export function interleaved(name: string, contestants: readonly Contestant[], options: RoundOptions = {}): Trial {
  return {
    name,
    run: (progress) => play(contestants, options, progress),
    runQuickly: (progress) => play(contestants, QUICK, progress),
  }
}

async function play(
  contestants: readonly Contestant[],
  { rounds = 21, turnMilliseconds = 40, attempts = 1 }: RoundOptions,
  progress: Progress,
): Promise<Samples> {
  const players = contestants.map((contestant): Player => {
    return { name: contestant.name, work: contestant.prepare(), count: 1, nanoseconds: [] }
  })
  progress('warming up')
  await warmUp(players, turnMilliseconds)
  for (const player of players) player.nanoseconds.length = 0
  for (let round = 0; round < rounds; round++) {
    progress(`round ${round + 1} of ${rounds}`)
    await playRound(players, round, attempts)
  }
  return Object.fromEntries(players.map((player) => [player.name, { unit: 'time', values: player.nanoseconds }]))
}

/** Until the work is as much as it has to be: what was slow enough is not any more when the compiler has optimised it. */
async function warmUp(players: readonly Player[], turnMilliseconds: number): Promise<void> {
  for (let pass = 0, grew = true; grew && pass < MAX_WARM_UPS; pass++) {
    grew = false
    for (const player of players) {
      const before = player.count
      await chooseCount(player, turnMilliseconds)
      grew ||= player.count > before
    }
    for (let round = 0; round < WARM_UP_ROUNDS; round++) await playRound(players, round, 1)
  }
}

async function playRound(players: readonly Player[], round: number, attempts: number): Promise<void> {
  for (let place = 0; place < players.length; place++) {
    const player = players[(place + round) % players.length] as Player
    let milliseconds = Number.POSITIVE_INFINITY
    for (let turn = 0; turn < attempts; turn++) milliseconds = Math.min(milliseconds, await takeTurn(player))
    player.nanoseconds.push((milliseconds * NANOSECONDS_PER_MILLISECOND) / player.count)
  }
}

const MAX_GROWTH = 8

/** Until two turns in a row are long enough. */
async function chooseCount(player: Player, turnMilliseconds: number): Promise<void> {
  for (;;) {
    const milliseconds = Math.min(await timeOwnWork(player), await timeOwnWork(player))
    if (milliseconds >= turnMilliseconds) return
    const growth = Math.min(MAX_GROWTH, (1.2 * turnMilliseconds) / milliseconds)
    player.count = Math.ceil(player.count * growth)
  }
}

/**
 * Milliseconds of a turn that were its own at the most. By the clock a turn that others interrupted is long with next to
 * no work in it; by processor time one beside which the engine's other threads compile or collect is.
 */
async function timeOwnWork(player: Player): Promise<number> {
  const before = process.cpuUsage()
  const elapsed = await takeTurn(player)
  const { user, system } = process.cpuUsage(before)
  return Math.min(elapsed, (user + system) / 1000)
}

let workDone = 0

async function takeTurn({ name, work, count }: Player): Promise<number> {
  const start = performance.now()
  const done = work(count)
  workDone += typeof done === 'number' ? done : await done
  collectGarbage('minor')
  await setImmediate()
  const milliseconds = performance.now() - start
  if (!Number.isFinite(workDone)) throw new Error(`${name} did not do its work.`)
  return milliseconds
}

type ExposedGc = (options?: { type: 'minor' }) => void

/** The engine's own collector, untouched by the library: trials run with --expose-gc. */
export function collectGarbage(kind: 'major' | 'minor'): void {
  const { gc } = globalThis as { gc?: ExposedGc }
  if (gc === undefined) throw new Error('Trials need --expose-gc.')
  if (kind === 'minor') gc({ type: 'minor' })
  else gc()
}
