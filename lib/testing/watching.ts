import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { LiveHandle } from '../live-handle.js'
import {
  closeChannel,
  type HandleCloseMessage,
  type HandleLeakMessage,
  type HandleOpenMessage,
  leakChannel,
  openChannel,
} from '../tracking/channels.js'
import { lowerLevel, raiseLevel } from './raised-level.js'
import { currentContext, isWithin, type TestContext } from './test-context.js'

// Brings what the channels tell of handles to those who watch.

/** Who watches handles. */
export interface Watch {
  /** Handles opened within it are watched; undefined: all of this thread. */
  readonly context: TestContext | undefined
  concerns(context: TestContext | undefined): boolean
  noteOpened(opening: HandleOpenMessage): void
  /** Nobody was concerned. */
  noteUnclaimed(id: number): void
  /** Within its own context somebody disposes of any handle. @returns whether that was for it to know */
  noteDisposal(handle: HandleCloseMessage): boolean
  /** The handle is closed, and was not collected. */
  noteClosed(id: number): void
  noteCollected(handle: LiveHandle): void
  /** The program expects that these were left: nobody is to be blamed for them. */
  excuse(ids: readonly number[]): void
  openingOf(id: number): HandleOpenMessage | undefined
}

export const watches = new Set<Watch>()

/** Those that are open, and were opened where nobody was concerned. */
const unclaimed = new Map<number, HandleOpenMessage>()

let users = 0

/** Channels are listened to, and the level is raised, until `stopWatching()` was called as often. */
export function startWatching(): void {
  if (users++ > 0) return
  raiseLevel()
  subscribe(openChannel.name, onOpen)
  subscribe(closeChannel.name, onClose)
  subscribe(leakChannel.name, onLeak)
}

export function stopWatching(): void {
  if (--users > 0) return
  unsubscribe(openChannel.name, onOpen)
  unsubscribe(closeChannel.name, onClose)
  unsubscribe(leakChannel.name, onLeak)
  unclaimed.clear()
  lowerLevel()
}

function onOpen(message: unknown): void {
  const opening = message as HandleOpenMessage
  const context = currentContext()
  let isClaimed = false
  if (context !== 'nobody') {
    for (const watch of watches) {
      if (!watch.concerns(context)) continue
      watch.noteOpened(opening)
      isClaimed = true
    }
  }
  if (isClaimed) return
  unclaimed.set(opening.id, opening)
  for (const watch of watches) watch.noteUnclaimed(opening.id)
}

function onClose(message: unknown): void {
  const handle = message as HandleCloseMessage
  // Of one that was collected there is more to come.
  if (handle.reason === 'finalized') return
  if (handle.reason === 'disposed') tellOfDisposal(handle)
  for (const watch of watches) watch.noteClosed(handle.id)
  unclaimed.delete(handle.id)
}

function tellOfDisposal(handle: HandleCloseMessage): void {
  const current = currentContext()
  if (current === 'nobody') return
  for (let context = current; context !== undefined; context = context.parent) {
    for (const watch of watches) {
      if (watch.context === context && watch.noteDisposal(handle)) return
    }
  }
}

function onLeak(message: unknown): void {
  const handle = message as HandleLeakMessage
  for (const watch of watches) watch.noteCollected(handle)
  unclaimed.delete(handle.id)
}

/** Where a handle that is open was opened, as far as anybody knows. */
export function openingOf(id: number): HandleOpenMessage | undefined {
  for (const watch of watches) {
    const opening = watch.openingOf(id)
    if (opening !== undefined) return opening
  }
  return unclaimed.get(id)
}

/** Whether somebody watches it whose context lies within this one, or around it. */
export function isWatchedAlong(context: TestContext | undefined, id: number): boolean {
  for (const watch of watches) {
    if (watch.openingOf(id) !== undefined && isRelated(watch.context, context)) return true
  }
  return false
}

/** Whether all who watch do so within this context, or around it. */
export function isAlone(context: TestContext | undefined): boolean {
  for (const watch of watches) {
    if (!isRelated(watch.context, context)) return false
  }
  return true
}

function isRelated(one: TestContext | undefined, other: TestContext | undefined): boolean {
  return isWithin(one, other) || isWithin(other, one)
}
