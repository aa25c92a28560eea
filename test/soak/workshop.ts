import { writeSync } from 'node:fs'
import { handleStatistics } from 'holdfast'
import type { Ledger } from './ledger.js'
import { OPERATIONS } from './operations.js'
import { type Operation, PLACES } from './plan.js'
import { imbalance } from './support.js'

/** What a place may hold: a handle, a view of one, a lease, an iterator, … */
export interface Kept {
  dispose?(): void
  disposeAsync?(): Promise<void>
}

/** The codes of what a lap must expect: no room under a limit, and memory that is in use or on its way. */
const REFUSALS = new Set(['ERR_MEMORY_ALLOCATION_FAILED', 'ERR_HOLDFAST_INVALID_OPERATION'])

/** Where one thread works: what it keeps, and what it has begun. */
export class Workshop {
  readonly places: (Kept | undefined)[] = new Array(PLACES).fill(undefined)
  /** What ends by itself. */
  readonly pending = new Set<Promise<unknown>>()
  /** Whoever disposes of these asynchronously waits for leases, which may have been dropped. */
  readonly leased = new WeakSet<Kept>()
  readonly folder: string
  /** The number of this thread in the lap. */
  readonly thread: number
  readonly ledger: Ledger
  readonly #name: string
  #names = 0

  constructor(place: { folder: string; name: string }, thread: number, ledger: Ledger) {
    this.folder = place.folder
    this.#name = `${place.name}-${thread}`
    this.thread = thread
    this.ledger = ledger
  }

  /** A name for shared memory that no other thread has. */
  nextName(): string {
    return `${this.#name}-${this.#names++}`
  }

  /** Something is under way; it must not fail, except as `run` may. */
  begin(promise: Promise<unknown>, endsByItself = true): void {
    const done = promise.catch(complainUnlessRefusal).finally(() => this.pending.delete(done))
    if (endsByItself) this.pending.add(done)
  }

  run(operations: readonly Operation[]): void {
    for (const [name, place, amount] of operations) {
      try {
        OPERATIONS[name].run(this, place, amount)
      } catch (error) {
        complainUnlessRefusal(error, name)
      }
    }
    this.ledger.addOperations(operations.length)
    checkBalance('thread')
  }
}

/** At every moment, also while other threads work: api.md, on counting. */
export function checkBalance(scope: 'thread' | 'process'): void {
  const { kinds, ...total } = handleStatistics({ scope })
  for (const [kind, counts] of Object.entries({ ...kinds, all: total })) {
    if (imbalance(counts) !== 0)
      complain(`the counts of ${kind} in the ${scope} do not add up: ${JSON.stringify(counts)}`)
  }
}

function complainUnlessRefusal(error: unknown, name = 'something asynchronous'): void {
  if (isRefusal(error)) return
  complain(`${name} has failed: ${(error as Error)?.stack ?? error}`)
}

/** A service is refused what its factory was refused. */
function isRefusal(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const { code, syscall, cause } = error as NodeJS.ErrnoException
  return REFUSALS.has(code ?? '') || syscall === 'mlock' || isRefusal(cause)
}

/** At once, from any thread. Whoever runs the round takes each line on standard error for a fault. */
export function complain(text: string): void {
  writeSync(2, `${text}\n`)
}
