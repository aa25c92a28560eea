import { type HandleId, native, slotOf } from './binding.js'
import { HandleReleaseError } from './errors.js'
import { kindNameOf } from './kinds.js'
import type { SafeHandleClass } from './safe-handle-class.js'
import { hasShutdownStarted } from './thread-end.js'

// What is needed to release a handle whose object is gone: its class and its raw value, never the
// object. Indexed like the native table, by the slot in the lower half of the id.

interface Entry {
  readonly type: SafeHandleClass
  readonly value: unknown
  readonly byteLength: number
}

const entries: (Entry | undefined)[] = []

export function remember(id: HandleId, type: SafeHandleClass, value: unknown, byteLength: number): void {
  entries[slotOf(id)] = { type, value, byteLength }
}

export function byteLengthOf(id: HandleId): number {
  return entries[slotOf(id)]?.byteLength ?? 0
}

export function forget(id: HandleId): Entry | undefined {
  const slot = slotOf(id)
  const entry = entries[slot]
  entries[slot] = undefined
  return entry
}

/** @throws HandleReleaseError when `releaseHandle` throws or returns false */
export function release(type: SafeHandleClass, value: unknown): void {
  let result: boolean | void
  try {
    result = type.releaseHandle(value)
  } catch (cause) {
    throw new HandleReleaseError(kindNameOf(type), { cause })
  }
  if (result === false) throw new HandleReleaseError(kindNameOf(type))
}

/** The same with `releaseHandleAsync`, if the class has one. */
export function releaseAsync(type: SafeHandleClass, value: unknown): Promise<void> | void {
  const { releaseHandleAsync } = type
  return releaseHandleAsync === undefined ? release(type, value) : releaseWith(releaseHandleAsync, type, value)
}

async function releaseWith(
  releaseHandleAsync: NonNullable<SafeHandleClass['releaseHandleAsync']>,
  type: SafeHandleClass,
  value: unknown,
): Promise<void> {
  let result: boolean | void
  try {
    result = await releaseHandleAsync.call(type, value)
  } catch (cause) {
    throw new HandleReleaseError(kindNameOf(type), { cause })
  }
  if (result === false) throw new HandleReleaseError(kindNameOf(type))
}

/** Like `release`, for handles without a caller: a failure becomes a process warning. */
export function releaseQuietly({ type, value }: Entry): void {
  try {
    release(type, value)
  } catch (error) {
    warn(error as HandleReleaseError)
  }
}

function warn({ message, cause }: HandleReleaseError): void {
  const warning = Object.assign(new Error(message), {
    name: 'HandleReleaseWarning',
    code: 'HOLDFAST_RELEASE',
    detail: cause instanceof Error ? (cause.stack ?? cause.message) : '',
  })
  // emitWarning waits for the next tick, and while the process ends there is none.
  if (hasShutdownStarted()) process.emit('warning', warning)
  else process.emitWarning(warning)
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

/** The same for the end of the thread, which may come from within a releaseHandle: it never returns then. */
export function releaseRemainingOrphans(): number {
  let released = 0
  for (let id = native.nextOrphan(); id !== 0; id = native.nextOrphan()) {
    const entry = forget(id)
    native.finalizeHandle(id)
    if (entry !== undefined) releaseQuietly(entry)
    released++
  }
  return released
}
