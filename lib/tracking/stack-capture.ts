import { setImmediate } from 'node:timers'
import type { StackFrame } from '../live-handle.js'
import { framesIn } from './stack-text.js'

// Capturing a stack takes the engine one to two microseconds and a fifth of one for each frame; making text of it
// takes three times as long. So it is captured and not read, since most handles are disposed of before anybody
// wants to know.

/** As many frames are captured as the program wants in its errors (Error.stackTraceLimit), up to this. */
export const MAX_DEPTH = 16
/** How many frames of the library there can be on top, where it is not known which is the last of them. */
const LIBRARY_DEPTH = 8
/** Texts seen, so that equal stacks are parsed once and kept once. Past this the memory is worth more. */
const MAX_KNOWN = 10_000

/** A function of the library that the program has called: frames above it, and its own, are left out. */
export type Entry = ((...args: never[]) => unknown) | (abstract new (...args: never[]) => unknown)

const known = new Map<string, readonly StackFrame[]>()

/**
 * Where the program was at a moment. One that was not read refers to the functions on the stack, and so to their
 * variables and to `this`.
 */
export class StackCapture {
  #unread: { stack?: string } | undefined
  #frames: readonly StackFrame[] | undefined

  /**
   * @param entry the last function of the library on the stack, if it is known
   * @param depth how many frames at most
   */
  constructor(entry?: Entry, depth = MAX_DEPTH) {
    this.#unread = entry === undefined ? capture(StackCapture, depth, LIBRARY_DEPTH) : capture(entry, depth, 0)
    this.#frames = undefined
  }

  /** Innermost first. */
  get frames(): readonly StackFrame[] {
    this.read()
    return this.#frames ?? []
  }

  /** Makes text of it, so that it refers to nothing any more. */
  read(): void {
    if (this.#unread === undefined) return
    const text = textIn(this.#unread)
    this.#unread = undefined
    this.#frames = known.get(text) ?? remember(text)
  }

  /** Nobody will want to know. */
  drop(): void {
    this.#unread = undefined
  }
}

function capture(entry: Entry, depth: number, more: number): { stack?: string } {
  const unread = {}
  const limit = Error.stackTraceLimit
  setLimit(Math.min(limit, depth) + more)
  Error.captureStackTrace(unread, entry as () => unknown)
  setLimit(limit)
  return unread
}

function setLimit(limit: number): void {
  try {
    Error.stackTraceLimit = limit
  } catch {
    // Where the intrinsics are frozen, stacks are as long as they are.
  }
}

/** Empty where the program has replaced `Error.prepareStackTrace` by something that makes no text, or throws. */
function textIn(unread: { stack?: unknown }): string {
  try {
    const { stack } = unread
    return typeof stack === 'string' ? stack : ''
  } catch {
    return ''
  }
}

function remember(text: string): readonly StackFrame[] {
  if (known.size === MAX_KNOWN) known.clear()
  const frames = framesIn(text)
  known.set(text, frames)
  return frames
}

// The record of a handle outlives the object that owns it, and what its capture refers to may well be that
// object: it would never be found dead. So what waits to be read is read before long: when a few hundred wait,
// in the next turn of the event loop, and before the library makes the engine collect.

const MAX_WAITING = 256

let waiting: StackCapture[] = []
let isTurnAwaited = false

/** For something that outlives what it was captured for. */
export function captureForRecord(entry: Entry | undefined): StackCapture {
  const capture = new StackCapture(entry)
  if (waiting.push(capture) === MAX_WAITING) readWaiting()
  else if (!isTurnAwaited) awaitTurn()
  return capture
}

function awaitTurn(): void {
  isTurnAwaited = true
  setImmediate(() => {
    isTurnAwaited = false
    readWaiting()
  }).unref()
}

export function readWaiting(): void {
  const captures = waiting
  waiting = []
  for (const capture of captures) capture.read()
}
