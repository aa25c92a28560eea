import * as workerThreads from 'node:worker_threads'
import { native } from '../binding.js'
import { withReclamation } from '../refusal.js'

let refused: boolean | undefined

/**
 * Whether this runtime refuses ArrayBuffers over memory that is not the engine's, as Electron does from
 * version 21 on. `HOLDFAST_NO_EXTERNAL_BUFFERS=1` pretends that it does.
 */
export function externalBuffersRefused(): boolean {
  refused ??= process.env['HOLDFAST_NO_EXTERNAL_BUFFERS'] === '1' || !native.externalBuffersAllowed()
  return refused
}

// Detaching an ArrayBuffer that the program marked as untransferable aborts Node 24 and later when native
// code does it, and throws when JavaScript does it, by `transfer`. Whether it was marked cannot be told
// in advance: Node marks every external one by itself, in another way, which `transfer` does not mind.
// Bun does the same, and detaches all of them without complaint. Node 20 has no `transfer`, and no need.
const transfer = (ArrayBuffer.prototype as { transfer?: (length: number) => ArrayBuffer }).transfer
const isMarked = (workerThreads as { isMarkedAsUntransferable?: (object: object) => boolean }).isMarkedAsUntransferable
const isBun = process.versions['bun'] !== undefined

/** Whether native code may detach the ArrayBuffer. */
export function isDetachableByNative(arrayBuffer: ArrayBuffer): boolean {
  return transfer === undefined || isMarked === undefined || isBun || !isMarked(arrayBuffer)
}

/** Detaches by `transfer`. False when it was detached before, or the engine refuses. */
export function detachByTransfer(arrayBuffer: ArrayBuffer): boolean {
  if (arrayBuffer.byteLength === 0) return false
  try {
    transfer?.call(arrayBuffer, 0)
    return true
  } catch {
    return false
  }
}

/** Detaches it in the one way that is safe. False when it was detached before, or the engine refuses. */
export function detach(arrayBuffer: ArrayBuffer): boolean {
  return isDetachableByNative(arrayBuffer) ? native.detach(arrayBuffer) : detachByTransfer(arrayBuffer)
}

/** Memory of the engine, zeroed; undefined when it has none, also after releasing what is unreachable. */
export function engineBuffer(byteLength: number): ArrayBuffer | undefined {
  return withReclamation(() => {
    try {
      return new ArrayBuffer(byteLength)
    } catch {
      return undefined
    }
  })
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
  }

  static ownerOf(arrayBuffer: object): object | undefined {
    return #owner in arrayBuffer ? arrayBuffer.#owner : undefined
  }
}

export function keepAliveWith(arrayBuffer: ArrayBuffer, owner: object): void {
  new Kept(arrayBuffer, owner)
}

/** What keeps the memory of an ArrayBuffer, if it is one of ours: for work that outlives the call. */
export const ownerOf: (arrayBuffer: object) => object | undefined = Kept.ownerOf
