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

/** Does the work `count` times. Returns a number that depends on all of it, so that none can be left out. */
export type Work = (count: number) => number

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
}

const WARM_UP_ROUNDS = 3
const NANOSECONDS_PER_MILLISECOND = 1e6

interface Player {
  readonly name: string
  readonly work: Work
  count: number
  readonly nanoseconds: number[]
}

export function interleaved(name: string, contestants: readonly Contestant[], options: RoundOptions = {}): Trial {
  return { name, run: (progress) => play(contestants, options, progress) }
}

async function play(
  contestants: readonly Contestant[],
  { rounds = 21, turnMilliseconds = 40 }: RoundOptions,
  progress: Progress,
): Promise<Samples> {
  const players = contestants.map((contestant): Player => {
    return { name: contestant.name, work: contestant.prepare(), count: 1, nanoseconds: [] }
  })
  // Twice: what was slow enough before the compiler optimised it is not any more.
  for (let pass = 0; pass < 2; pass++) {
    progress('warming up')
    for (const player of players) await chooseCount(player, turnMilliseconds)
    for (let round = 0; round < WARM_UP_ROUNDS; round++) await playRound(players, round)
  }
  for (const player of players) player.nanoseconds.length = 0
  for (let round = 0; round < rounds; round++) {
    progress(`round ${round + 1} of ${rounds}`)
    await playRound(players, round)
  }
  return Object.fromEntries(players.map((player) => [player.name, { unit: 'time', values: player.nanoseconds }]))
}

async function playRound(players: readonly Player[], round: number): Promise<void> {
  for (let place = 0; place < players.length; place++) {
    const player = players[(place + round) % players.length] as Player
    const milliseconds = await takeTurn(player)
    player.nanoseconds.push((milliseconds * NANOSECONDS_PER_MILLISECOND) / player.count)
  }
}

const MAX_GROWTH = 8

async function chooseCount(player: Player, turnMilliseconds: number): Promise<void> {
  for (;;) {
    const milliseconds = await takeTurn(player)
    if (milliseconds >= turnMilliseconds) return
    const growth = Math.min(MAX_GROWTH, (1.2 * turnMilliseconds) / milliseconds)
    player.count = Math.ceil(player.count * growth)
  }
}

let workDone = 0

async function takeTurn({ name, work, count }: Player): Promise<number> {
  const start = performance.now()
  workDone += work(count)
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
