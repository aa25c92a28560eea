import * as workerThreads from 'node:worker_threads'
import { native } from '../binding.js'

let refused: boolean | undefined

/**
 * Whether this runtime refuses ArrayBuffers over memory that is not the engine's, as Electron does from
 * version 21 on. `HOLDFAST_NO_EXTERNAL_BUFFERS=1` pretends that it does.
 */
export function externalBuffersRefused(): boolean {
  refused ??= process.env['HOLDFAST_NO_EXTERNAL_BUFFERS'] === '1' || !native.externalBuffersAllowed()
  return refused
}

const { isMarkedAsUntransferable } = workerThreads as {
  isMarkedAsUntransferable?: (object: object) => boolean
}

// Bun calls every external ArrayBuffer untransferable, and detaches marked ones without complaint.
const askBeforeDetaching = process.versions['bun'] === undefined ? isMarkedAsUntransferable : undefined

/** Detaching an ArrayBuffer that somebody marked as untransferable aborts Node 24 and later. */
export function mayBeDetached(arrayBuffer: ArrayBuffer): boolean {
  return askBeforeDetaching === undefined || !askBeforeDetaching(arrayBuffer)
}

class Returned {
  constructor(object: object) {
    // biome-ignore lint/correctness/noConstructorReturn: this is how a class marks an object it did not make
    return object
  }
}

/**
 * Keeps an owner alive as long as an ArrayBuffer: a private field on the ArrayBuffer, which neither
 * `util.inspect` nor anybody else sees.
 */
class Kept extends Returned {
  readonly #owner: object

  constructor(arrayBuffer: ArrayBuffer, owner: object) {
    super(arrayBuffer)
    this.#owner = owner
    void this.#owner // it is there to be reachable, not to be read
  }
}

export function keepAliveWith(arrayBuffer: ArrayBuffer, owner: object): void {
  new Kept(arrayBuffer, owner)
}
