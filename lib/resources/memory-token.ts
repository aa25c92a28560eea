import { generationOf, type HandleId, native, slotOf } from '../binding.js'
import { detachByTransfer, isDetachableByNative } from './external-buffers.js'
import type { MemoryTraits } from './memory-traits.js'

/**
 * What the native table watches in place of a buffer: an object that only the buffer knows, and that dies
 * with it. Making and deleting a weak reference is the dearest part of opening and closing a handle, so
 * the token of a buffer that was disposed goes to the next one, reference and slot and all.
 *
 * Native code lets a token be used again until the next collection. After that the token is in the old
 * space, where only a major collection would find it dead, and with it the buffer.
 */
export class MemoryToken {
  /** The two halves of the id: small integers, which need no memory of their own. */
  readonly slot: number
  generation: number

  constructor() {
    this.slot = 0
    this.generation = 0
  }
}

export function idOfToken(token: MemoryToken): HandleId {
  return (token.generation * 2 ** 32 + token.slot) as HandleId
}

// In the order in which native code will take them, the last one first.
const reusable: MemoryToken[] = []

// Taken out of the binding once: each look-up there costs as much as a tenth of an open.
const { openMemory: open, reopenMemory: reopen, closeMemory: close, closeViewedMemory: closeAndDetach } = native

/** Opens native memory for a buffer that will hold the token. undefined when the system refused. */
export function openMemory(byteLength: number, traits: MemoryTraits): MemoryToken | undefined {
  const used = reusable.pop()
  if (used !== undefined) {
    if (reopen(used.slot, byteLength, traits) === undefined) {
      used.generation++
      return used
    }
    // There was a collection: none of them can be used again.
    reusable.length = 0
  }
  return openWithNewToken(byteLength, traits)
}

function openWithNewToken(byteLength: number, traits: MemoryTraits): MemoryToken | undefined {
  const token: { slot: number; generation: number } = new MemoryToken()
  const id = open(token, byteLength, traits)
  if (id === 0) return undefined
  token.slot = slotOf(id)
  token.generation = generationOf(id)
  return token
}

/**
 * Closes the memory of a buffer, which must not hold the token any longer. When the ArrayBuffer over it
 * cannot be detached, because it was before or because the engine refuses, the memory stays with that.
 */
export function closeMemory(token: MemoryToken, arrayBuffer: ArrayBuffer | undefined): void {
  const closed = arrayBuffer === undefined ? close(token.slot, token.generation) : closeViewed(token, arrayBuffer)
  if (closed === undefined) reusable.push(token)
}

function closeViewed({ slot, generation }: MemoryToken, arrayBuffer: ArrayBuffer): boolean | undefined {
  if (isDetachableByNative(arrayBuffer)) return closeAndDetach(slot, generation, arrayBuffer)
  return detachByTransfer(arrayBuffer) ? closeAndDetach(slot, generation, undefined) : close(slot, generation)
}

/** Gives an open buffer other memory with the old contents. False when the system refused. */
export function resizeMemory(
  token: MemoryToken,
  byteLength: number,
  traits: MemoryTraits,
  arrayBuffer: ArrayBuffer | undefined,
): boolean {
  return native.resizeMemory(idOfToken(token), byteLength, traits, () => detach(arrayBuffer))
}

function detach(arrayBuffer: ArrayBuffer | undefined): boolean {
  if (arrayBuffer === undefined) return false
  return isDetachableByNative(arrayBuffer) ? native.detach(arrayBuffer) : detachByTransfer(arrayBuffer)
}
