import { type HandleId, native } from '../binding.js'
import { afterClose, dropReusable, HandleToken, idOf, takeReusable, withId } from '../handle-token.js'
import { closeOffLoop, type ReleasedOffLoop } from '../off-loop-release.js'
import { detach, detachByTransfer, isDetachableByNative } from './external-buffers.js'
import type { MemoryTraits } from './memory-traits.js'

// Taken out of the binding once: each look-up there costs as much as a tenth of an open.
const { openMemory: open, reopenMemory: reopen, closeForReuse: close, closeViewedMemory: closeAndDetach } = native

/** Opens native memory for a buffer that will hold the token. undefined when the system refused. */
export function openMemory(byteLength: number, traits: MemoryTraits): HandleToken | undefined {
  const used = takeReusable()
  if (used !== undefined) {
    if (reopen(used.slot, byteLength, traits) === undefined) {
      used.generation++
      return used
    }
    dropReusable()
  }
  const token = new HandleToken()
  return withId(token, open(token, byteLength, traits))
}

/**
 * Closes the memory of a buffer, which must not hold the token any longer. When the ArrayBuffer over it
 * cannot be detached, because it was before or because the engine refuses, the memory stays with that.
 */
export function closeMemory(token: HandleToken, arrayBuffer: ArrayBuffer | undefined): void {
  afterClose(token, arrayBuffer === undefined ? close(token.slot, token.generation) : closeViewed(token, arrayBuffer))
}

/** The same off the event loop. undefined when it is done already. */
export function closeMemoryOffLoop(
  token: HandleToken,
  arrayBuffer: ArrayBuffer | undefined,
  owner: ReleasedOffLoop,
): Promise<void> | undefined {
  const isUnreachable = arrayBuffer === undefined || abandonView(idOf(token), arrayBuffer)
  const pending = isUnreachable ? closeOffLoop(token, owner) : undefined
  if (pending === undefined) afterClose(token, close(token.slot, token.generation))
  return pending
}

/** Detaches the ArrayBuffer over the memory. False when others may still reach the memory through it. */
export function abandonView(id: HandleId, arrayBuffer: ArrayBuffer): boolean {
  const isDetached = detach(arrayBuffer)
  if (isDetached) native.abandonView(id)
  return isDetached
}

function closeViewed({ slot, generation }: HandleToken, arrayBuffer: ArrayBuffer): boolean | undefined {
  if (isDetachableByNative(arrayBuffer)) return closeAndDetach(slot, generation, arrayBuffer)
  return detachByTransfer(arrayBuffer) ? closeAndDetach(slot, generation, undefined) : close(slot, generation)
}

/** Gives an open buffer other memory with the old contents. False when the system refused. */
export function resizeMemory(
  token: HandleToken,
  byteLength: number,
  traits: MemoryTraits,
  arrayBuffer: ArrayBuffer | undefined,
): boolean {
  return native.resizeMemory(idOf(token), byteLength, traits, () => detachIfAny(arrayBuffer))
}

/** Gives the memory of an open buffer to another thread. False when there was no memory for that. */
export function transferMemory(
  token: HandleToken,
  transfer: string,
  traits: MemoryTraits,
  arrayBuffer: ArrayBuffer | undefined,
): boolean {
  return native.transferMemory(idOf(token), transfer, traits, () => detachIfAny(arrayBuffer))
}

function detachIfAny(arrayBuffer: ArrayBuffer | undefined): boolean {
  return arrayBuffer !== undefined && detach(arrayBuffer)
}
