import { setImmediate } from 'node:timers'
import { native } from './binding.js'
import { afterClose, type HandleToken } from './handle-token.js'

// Releases that take long are done on the thread pool, when somebody awaits them. All that are begun in one
// job of the event loop go there together: the trip costs more than most of them. Thousands may be begun at
// once, and what is allocated for each of them holds up the event loop: so it is a promise and nothing else.

/** A handle is released; throws what its promise rejects with. @internal */
export const releasedOffLoop: unique symbol = Symbol('releasedOffLoop')

export interface ReleasedOffLoop {
  [releasedOffLoop](errno: number): void
}

/** How many releases are settled before the event loop turns: what awaits them has to run, too. */
const CHUNK_SIZE = 1024

/** Some of the releases that go together. */
class Chunk {
  readonly #owners: ReleasedOffLoop[] = []
  readonly #promises: Promise<void>[] = []
  #settled = 0
  settle!: (errors: Float64Array) => void
  readonly #errors = new Promise<Float64Array>((settle) => {
    this.settle = settle
  })

  get size(): number {
    return this.#owners.length
  }

  get isFull(): boolean {
    return this.size === CHUNK_SIZE
  }

  add(owner: ReleasedOffLoop): Promise<void> {
    const promise = this.#errors.then(this.#settleNext)
    this.#owners.push(owner)
    this.#promises.push(promise)
    return promise
  }

  promiseOf(owner: object): Promise<void> | undefined {
    return this.#promises[this.#owners.indexOf(owner as ReleasedOffLoop)]
  }

  // What waits for a promise is called in the order in which it began to wait: one function is enough for all.
  readonly #settleNext = (errors: Float64Array): void => {
    const index = this.#settled++
    if (this.#settled === this.#owners.length) underWay.delete(this)
    this.#owners[index]?.[releasedOffLoop](errors[index] as number)
  }
}

const underWay = new Set<Chunk>()
/** Those that have not gone to the thread pool yet. */
let waiting: Chunk[] = []

/**
 * Closes the handle of `owner` and releases its resource off the event loop.
 *
 * @returns undefined when that would not be slow: the handle is still open then
 */
export function closeOffLoop(token: HandleToken, owner: ReleasedOffLoop): Promise<void> | undefined {
  if (!native.deferClose(token.slot, token.generation)) return undefined
  const released = chunkWithRoom().add(owner)
  latest = released
  afterClose(token, true)
  return released
}

let latest: Promise<void> | undefined

/** Whether `closeOffLoop` has just returned it, so that `promiseOffLoop` will find it. */
export function isOffLoop(released: Promise<void> | void): released is Promise<void> {
  return released !== undefined && released === latest
}

/** What was returned for a handle whose release is under way. */
export function promiseOffLoop(owner: object): Promise<void> | undefined {
  for (const chunk of underWay) {
    const promise = chunk.promiseOf(owner)
    if (promise !== undefined) return promise
  }
  return undefined
}

/** The last of those that wait. */
let filling: Chunk | undefined

function chunkWithRoom(): Chunk {
  if (filling !== undefined && !filling.isFull) return filling
  if (filling === undefined) queueMicrotask(releaseAll)
  filling = new Chunk()
  waiting.push(filling)
  underWay.add(filling)
  return filling
}

async function releaseAll(): Promise<void> {
  const chunks = waiting
  waiting = []
  filling = undefined
  const count = chunks.reduce((sum, { size }) => sum + size, 0)
  // Made here: an engine that could not make it afterwards would lose what the system has said.
  const errors = new Float64Array(count)
  await native.runDeferredReleases(errors)
  settle(chunks, errors, 0)
}

function settle(chunks: Chunk[], errors: Float64Array, index: number): void {
  chunks[index]?.settle(errors.subarray(index * CHUNK_SIZE))
  if (index + 1 < chunks.length) setImmediate(settle, chunks, errors, index + 1)
}
