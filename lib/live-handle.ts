/** A place in the program. Lines and columns are 1-based. */
export interface StackFrame {
  /** `<anonymous>` for a function without a name, and for the code of a module. */
  readonly functionName: string
  /** A path, or a URL for what is no file. That of the source, where the runtime maps places. */
  readonly file: string
  /** From 1. */
  readonly line: number
  /** From 1. */
  readonly column: number
}

/** That somebody called `touch()`. */
export interface HandleTouch {
  /** Milliseconds since the epoch. */
  readonly at: number
  /** What `touch()` was given. */
  readonly hint?: string
  /** Where it was called, innermost first. */
  readonly stack: readonly StackFrame[]
}

/** What is known of one handle that is open. */
export interface LiveHandle {
  /** Unique in its thread, now and later. */
  readonly id: number
  /** What it is counted as: the name of its class, unless that has a static `kind`. */
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
