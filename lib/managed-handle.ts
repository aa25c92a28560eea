import { native } from './binding.js'
import type { HandleCollector } from './collectors/handle-collector.js'
import { afterClose, connect, dropReusable, HandleToken, idOf, takeReusable, withId } from './handle-token.js'
import { countDisposed, kindOf, type NamedClass } from './kinds.js'
import { openRefused, resizeOpen } from './native-limit.js'
import { attend, watchCollections } from './reclamation.js'
import { byteLengthOf, forget, type Release, remember, typeIn } from './release-table.js'
import { releaseAtExit } from './shutdown.js'
import { noteOpened } from './tracking/handle-events.js'

// Handles that JavaScript releases: they are in the native table like all others, watched and swept with
// them, and what is needed to release them is in the release table.

/** The end of the thread has released the handle of this object; it must not try again. @internal */
export const closedAtEnd: unique symbol = Symbol('closedAtEnd')

export interface ManagedOwner {
  [closedAtEnd](): void
}

// Taken out of the binding once: each look-up there costs as much as a tenth of an open.
const { openHandle: open, reopenHandle: reopen, reopenCounted, closeForReuse: close } = native

/**
 * The handle that was closed last, if native code does not know yet: it is counted as closed, and the next
 * open takes its place, which saves every other call. Native code finds its slot among the signals should
 * the thread end meanwhile.
 */
let counted: HandleToken | undefined

let watching = false

/** With the first handle comes what is needed to release those that nobody disposes of. */
function watch(): void {
  watching = true
  watchCollections()
  releaseAtExit((token) => ((token as HandleToken).owner as ManagedOwner | undefined)?.[closedAtEnd]())
}

/**
 * Opens a handle for `owner`, which has to hold the token: the handle is released when that is gone.
 *
 * @param release gets `value`, and must not be able to reach the owner
 * @throws OutOfMemoryError when there is no memory to keep track of it
 */
export function openManaged(
  owner: ManagedOwner,
  type: NamedClass,
  value: unknown,
  release: Release,
  byteLength: number,
  collector: HandleCollector | undefined,
): HandleToken {
  const token = openToken(type, byteLength)
  token.owner = owner
  remember(token.slot, type, value, release, byteLength)
  if (!watching) watch()
  noteOpened(token)
  if (collector !== undefined) connect(token, collector)
  attend()
  return token
}

function openToken(type: NamedClass, byteLength: number): HandleToken {
  const kind = kindOf(type)
  if (counted !== undefined && byteLength === 0) {
    const last = counted
    counted = undefined
    if (reopenCounted(last.slot, kind) === undefined) {
      last.generation++
      return last
    }
  }
  const used = takeReusable()
  if (used !== undefined) {
    if (reopen(used.slot, kind, byteLength) === undefined) {
      used.generation++
      return used
    }
    dropReusable()
  }
  const token = new HandleToken()
  withId(token, open(token, kind, byteLength) || openRefused(token, kind, byteLength))
  return token
}

/** Another value, for the `releaseHandle` of the class, lies behind the handle from now on. */
export function changeManaged(token: HandleToken, type: NamedClass, value: unknown, byteLength: number): void {
  resizeOpen(idOf(token), byteLength)
  remember(token.slot, type, value, undefined, byteLength)
  attend()
}

/**
 * Closes the handle without releasing anything. The owner must not hold the token any longer.
 *
 * @returns false when the end of the thread was faster, and has released it
 */
export function closeManaged(token: HandleToken): boolean {
  const { slot } = token
  const type = typeIn(slot)
  if (counted === undefined && token.collector === undefined && type !== undefined && byteLengthOf(slot) === 0) {
    const kind = kindOf(type)
    token.owner = undefined
    forget(slot)
    // Terminated up to here, the handle is open, and afterwards it is counted: engines look whether to
    // terminate where a function begins.
    countDisposed(kind, slot)
    counted = token
    return true
  }
  const answer = close(slot, token.generation)
  // First of all: a collector that is told next may open handles, and the slot is free.
  if (answer !== false) forget(slot)
  return afterClose(token, answer)
}
