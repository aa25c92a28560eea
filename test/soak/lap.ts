import { setImmediate as turn } from 'node:timers/promises'
import { handleStatistics, liveHandles, setNativeMemoryLimit } from 'holdfast'
import type { LapRecord } from './check.js'
import { Ledger } from './ledger.js'
import type { Control, Lap } from './plan.js'
import { settle, whatIsLeft } from './support.js'
import { Colleague, makeParcel, open, type Parcel } from './threads.js'
import { checkBalance, Workshop } from './workshop.js'

/** How often the engine is asked to find what is dead. What an escape has moved takes two of its collections. */
const SETTLING_ROUNDS = 5
/** A limit is up to 1000 of these, often less than what is live. */
const LIMIT_UNIT = 2 ** 15

/** A lap, as the main thread runs it. */
export class LapRun {
  readonly #lap: Lap
  readonly #place: { readonly folder: string; readonly name: string }
  readonly #ledger = new Ledger()
  readonly #workshop: Workshop
  readonly #colleagues: Colleague[] = []
  /** What was sent from here. It is released when it is received, and at the latest with this thread. */
  readonly #sent: Parcel[] = []

  constructor(lap: Lap, place: { readonly folder: string; readonly name: string }) {
    this.#lap = lap
    this.#place = place
    this.#workshop = new Workshop(place, 0, this.#ledger)
  }

  async run(): Promise<void> {
    for (const { operations, control } of this.#lap.steps) {
      this.#workshop.run(operations)
      checkBalance('process')
      await this.#obey(control)
    }
  }

  async #obey([what, which]: Control): Promise<void> {
    const running = this.#colleagues.filter(({ isRunning }) => isRunning)
    const one = running[which % running.length]
    switch (what) {
      case 'start':
        return this.#start()
      case 'send':
        return this.#send(one, which)
      case 'terminate':
        return one?.terminate()
      case 'await':
        // Those that wait for terminate() end in the end of the lap.
        return one === undefined || one.plan.ending === 'terminate' ? undefined : await one.ended
      case 'limit':
        return setNativeMemoryLimit(which % 2 === 0 ? null : which * LIMIT_UNIT)
      case 'turn':
        await turn()
    }
  }

  #start(): void {
    const plan = this.#lap.workers[this.#colleagues.length]
    if (plan === undefined) return
    const thread = this.#colleagues.length + 1
    const assignment = { ...this.#place, thread, ledger: this.#ledger.shared, plan }
    this.#colleagues.push(new Colleague(assignment, this.#workshop))
  }

  #send(colleague: Colleague | undefined, amount: number): void {
    const parcel = makeParcel(amount)
    if (parcel === undefined) return
    this.#sent.push(parcel)
    colleague?.send(parcel)
  }

  /** Ends all workers, drops everything, and sees what is left. */
  async finish(): Promise<LapRecord> {
    setNativeMemoryLimit(null)
    for (const colleague of this.#colleagues) if (colleague.plan.ending === 'terminate') colleague.terminate()
    await Promise.all(this.#colleagues.map(({ ended }) => ended))
    for (const parcel of this.#sent) open(parcel)?.dispose()
    while (this.#workshop.pending.size > 0) await Promise.all(this.#workshop.pending)
    this.#workshop.places.fill(undefined)
    await settleAll()
    return {
      operations: this.#ledger.operations,
      workers: this.#colleagues.length,
      ...this.#releases(),
      thread: handleStatistics(),
      process: handleStatistics({ scope: 'process' }),
      left: whatIsLeft(this.#place),
      residentBytes: process.memoryUsage.rss(),
    }
  }

  #releases(): Pick<LapRecord, 'neverReleased' | 'releasedTwice'> {
    let neverReleased = 0
    let releasedTwice = 0
    const lost = new Set(this.#colleagues.filter(({ wasTerminated }) => wasTerminated).map(({ thread }) => thread))
    for (const { thread, count } of this.#ledger.releases()) {
      if (count > 1) releasedTwice++
      if (count === 0 && !lost.has(thread)) neverReleased++
    }
    return { neverReleased, releasedTwice }
  }
}

async function settleAll(): Promise<void> {
  for (let round = 0; round < SETTLING_ROUNDS; round++) {
    await settle()
    if (liveHandles() === 0 && handleStatistics({ scope: 'process' }).liveBytes === 0) return
  }
}
