import { type HandleId, type KindNumber, native, slotOf } from './binding.js'
import { OutOfMemoryError } from './errors.js'
import { wasRefusedByLimit } from './reclamation.js'
import { withReclamation } from './refusal.js'
import { byteLengthOf } from './release-table.js'
import { checkInteger } from './validate.js'

/**
 * Sets a ceiling for the native bytes of all handles of the process together: what `handleStatistics`
 * calls `liveBytes`, as asked for and without padding. It holds in every thread, whichever set it.
 *
 * What would pass it is refused: opening a buffer, resizing one, `setHandle` with a `byteLength`. Handles
 * that are unreachable are released first, and the engine made to collect. Setting it below what is live
 * frees nothing; then everything is refused until enough is gone. Nothing of zero bytes ever is.
 *
 * @param bytes an integer from 0 to `Number.MAX_SAFE_INTEGER`; null, the default of the process, for none
 * @throws TypeError, RangeError for anything else
 */
export function setNativeMemoryLimit(bytes: number | null): void {
  if (bytes !== null) checkInteger('bytes', bytes, 0, Number.MAX_SAFE_INTEGER)
  native.setNativeLimit(bytes ?? Number.POSITIVE_INFINITY)
}

/** For something that was refused just now, by the limit or by the system. */
export function outOfMemory(requested: number): OutOfMemoryError {
  if (!wasRefusedByLimit()) return new OutOfMemoryError(requested)
  return new OutOfMemoryError(requested, { bytes: native.nativeLimit(), live: native.processLiveBytes() })
}

/** Opens a handle that was refused once. @throws OutOfMemoryError */
export function openRefused(owner: object, kind: KindNumber, byteLength: number): HandleId {
  const id = withReclamation(() => native.openHandle(owner, kind, byteLength) || undefined, byteLength)
  if (id === undefined) throw outOfMemory(byteLength)
  return id
}

/** Declares other bytes behind an open handle that JavaScript releases. @throws OutOfMemoryError */
export function resizeOpen(id: HandleId, byteLength: number): void {
  const resize = () => native.resizeHandle(id, byteLength) || undefined
  const resized = withReclamation(resize, byteLength - byteLengthOf(slotOf(id)))
  if (resized === undefined) throw outOfMemory(byteLength)
}
