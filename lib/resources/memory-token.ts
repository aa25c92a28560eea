import { type HandleId, native } from '../binding.js'
import type { MemoryTraits } from './memory-traits.js'

/**
 * What the native table watches in place of a buffer: an object that only the buffer knows, and that dies
 * with it. Making and deleting a weak reference is the dearest part of opening and closing a handle, so
 * the token of a buffer that was disposed goes to the next one, reference and all.
 *
 * Native code lets a token be used again until the next collection. After that the token is in the old
 * space, where only a major collection would find it dead, and with it the buffer.
 */
export class MemoryToken {
  id: HandleId

  constructor() {
    this.id = NO_HANDLE
  }
}

const NO_HANDLE = 0 as HandleId

const reusable: MemoryToken[] = []

// Taken out of the binding once: each look-up there costs as much as a tenth of an open.
const { openMemory: open, reopenMemory: reopen, closeMemory: close, closeViewedMemory: closeViewed } = native

/** Opens native memory for a buffer that will hold the token. undefined when the system refused. */
export function openMemory(byteLength: number, traits: MemoryTraits): MemoryToken | undefined {
  const used = reusable.pop()
  if (used !== undefined) {
    used.id = reopen(used.id, byteLength, traits)
    if (used.id !== NO_HANDLE) return used
    // There was a collection: none of them can be used again.
    reusable.length = 0
  }
  const token = new MemoryToken()
  token.id = open(token, byteLength, traits)
  return token.id === NO_HANDLE ? undefined : token
}

/** Closes the memory of a buffer, which must not hold the token any longer. */
export function closeMemory(token: MemoryToken, arrayBuffer: ArrayBuffer | undefined): void {
  const closed = arrayBuffer === undefined ? close(token.id) : closeViewed(token.id, arrayBuffer)
  if (closed === undefined) reusable.push(token)
}
