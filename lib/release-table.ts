import { type HandleId, native, slotOf } from './binding.js'
import { describeThrown, HandleReleaseError, stackOfThrown } from './errors.js'
import { kindNameOf, type NamedClass } from './kinds.js'
import { releaseHandle, type SafeHandleClass } from './safe-handle-class.js'
import { noteFinalized, reportFinalized } from './tracking/handle-events.js'
import { emitWarning } from './warnings.js'

// What is needed to release a handle whose object is gone, never the object. Indexed like the native
// table, by the slot in the lower half of the id.

/**
 * Releases what lies behind a handle. It cannot see the object, and throws when it fails. undefined: the
 * `releaseHandle` of the class does it.
 */
export type Release = ((value: any) => void) | undefined

/** Kept when its handle is closed, for the next one in the same slot: opening one then needs no memory. */
interface Entry {
  /** undefined: the slot is not in use. */
  type: NamedClass | undefined
  value: unknown
  release: Release
  byteLength: number
}

const entries: Entry[] = []

/** For whoever looks for what holds a handle: what a finalizer can reach is never collected. @internal */
export const releaseTable: object = entries

export function remember(slot: number, type: NamedClass, value: unknown, release: Release, byteLength: number): void {
  const entry = entries[slot]
  if (entry === undefined) {
    entries[slot] = { type, value, release, byteLength }
    return
  }
  entry.type = type
  entry.value = value
  entry.release = release
  entry.byteLength = byteLength
}

/** The class of the handle in the slot. */
export function typeIn(slot: number): NamedClass | undefined {
  return entries[slot]?.type
}

export function byteLengthOf(slot: number): number {
  return entries[slot]?.byteLength ?? 0
}

export function forget(slot: number): void {
  const entry = entries[slot] as Entry
  entry.type = undefined
  entry.value = undefined
  entry.release = undefined
  entry.byteLength = 0
}

const NOTHING: Entry = { type: undefined, value: undefined, release: undefined, byteLength: 0 }

/**
 * Releases what lay behind a handle that is closed now and that nobody disposed of. There is no caller: a
 * failure becomes a process warning.
 */
export function releaseQuietly(slot: number): void {
  const { type, value, release } = entries[slot] ?? NOTHING
  if (type === undefined) return
  forget(slot)
  try {
    if (release === undefined) releaseHandle(value, type as SafeHandleClass)
    else release(value)
  } catch (error) {
    warn(type, error)
  }
}

function warn(type: NamedClass, error: unknown): void {
  const isOurs = error instanceof HandleReleaseError
  emitWarning(isOurs ? error.message : finalizerFailed(type, error), {
    type: 'HandleReleaseWarning',
    code: 'HOLDFAST_RELEASE',
    detail: stackOfThrown(isOurs ? error.cause : error),
  })
}

function finalizerFailed(type: NamedClass, error: unknown): string {
  return `The finalizer of a ${kindNameOf(type)} threw: ${describeThrown(error)}. It will not be run again.`
}

/** Releases what the collections since the last sweep have found dead; looks nowhere else. */
export function releaseCollected(): void {
  native.sweepAfterCollection()
  releaseOrphans()
}

let releasingOrphans = false

/** Releases the handles whose objects were found collected, and says how many. */
export function releaseOrphans(): number {
  // A releaseHandle that opens handles can come back here; the loop below goes on with what it finds.
  if (releasingOrphans) return 0
  releasingOrphans = true
  try {
    return releaseRemainingOrphans()
  } finally {
    releasingOrphans = false
  }
}

/**
 * The same from the event loop, where no release can be under way: one that was terminated, by a time limit of
 * `node:vm`, would be taken for one for good.
 */
export function releaseOrphansInTurn(): void {
  releasingOrphans = false
  releaseOrphans()
}

/** The same for the end of the thread, which may come from within a releaseHandle: it never returns then. */
export function releaseRemainingOrphans(): number {
  let released = 0
  reportFinalized()
  for (let id = native.nextOrphan(); id !== 0; id = native.nextOrphan()) {
    native.finalizeHandle(id)
    noteOrphan(id)
    releaseQuietly(slotOf(id))
    released++
  }
  return released
}

function noteOrphan(id: HandleId): void {
  const { type, byteLength } = entries[slotOf(id)] ?? NOTHING
  if (type !== undefined) noteFinalized({ id, kind: kindNameOf(type), bytes: byteLength })
}
