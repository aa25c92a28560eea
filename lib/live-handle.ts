/** A place in the program. Lines and columns are 1-based. */
export interface StackFrame {
  readonly functionName: string
  readonly file: string
  readonly line: number
  readonly column: number
}

/** That somebody called `touch()`. */
export interface HandleTouch {
  /** Milliseconds since the epoch. */
  readonly at: number
  readonly hint?: string
  /** Where it was called, innermost first. */
  readonly stack: readonly StackFrame[]
}

/** What is known of one handle that is open. */
export interface LiveHandle {
  /** Unique in its thread, now and later. */
  readonly id: number
  readonly kind: string
  /** Native bytes behind the handle. */
  readonly bytes: number
  /** Milliseconds since the epoch; undefined where the tracking level recorded none. */
  readonly createdAt?: number
  /** Where it was opened, innermost first; undefined where the tracking level recorded none. */
  readonly stack?: readonly StackFrame[]
  /** How often the handle was touched; 0 where the tracking level recorded none. */
  readonly touches: number
  /** The last few of them, newest first. */
  readonly lastTouches?: readonly HandleTouch[]
}
