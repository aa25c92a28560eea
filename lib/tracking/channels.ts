import { channel } from 'node:diagnostics_channel'
import type { LiveHandle, StackFrame } from '../live-handle.js'

// What is published, and to whom. Nothing is allocated for a message that nobody has subscribed to.

/** On `holdfast:handle:open`: a handle was opened just now, in this thread. */
export interface HandleOpenMessage {
  /** Unique in its thread, now and later. */
  readonly id: number
  /** What it is counted as. */
  readonly kind: string
  /** Native bytes behind it. */
  readonly bytes: number
  /** Milliseconds since the epoch. */
  readonly createdAt: number
  /**
   * Where it was opened, innermost first, the library's own frames left out. Read from the engine when it is
   * asked for, at the first time: that takes some microseconds. undefined where the tracking level records none.
   */
  readonly stack: readonly StackFrame[] | undefined
}

/**
 * How a handle ended: the program disposed of it; its object was collected, or its thread ended; it was given to
 * another thread.
 */
export type HandleCloseReason = 'disposed' | 'finalized' | 'transferred'

/** On `holdfast:handle:close`. */
export interface HandleCloseMessage {
  /** That of `holdfast:handle:open`. */
  readonly id: number
  /** What it was counted as. */
  readonly kind: string
  /** Native bytes behind it, at its end. */
  readonly bytes: number
  /** Who has closed it. */
  readonly reason: HandleCloseReason
}

/** On `holdfast:handle:leak`: a handle was collected that nobody had disposed of. A close comes before. */
export type HandleLeakMessage = LiveHandle

/** On `holdfast:gc:collect`: the library has made the engine collect. */
export interface CollectMessage {
  /** Everything, or what is young. */
  readonly kind: 'major' | 'minor'
  /** How long the engine took. */
  readonly milliseconds: number
}

export const openChannel = channel('holdfast:handle:open')
export const closeChannel = channel('holdfast:handle:close')
export const leakChannel = channel('holdfast:handle:leak')
export const collectChannel = channel('holdfast:gc:collect')
