/** A place in the program. Lines and columns are 1-based. */
export interface StackFrame {
  functionName: string
  file: string
  line: number
  column: number
}

/** What is known of one handle that is open. */
export interface LiveHandle {
  /** Unique in its thread, now and later. */
  id: number
  kind: string
  /** Native bytes behind the handle. */
  bytes: number
  /** Milliseconds since the epoch; undefined where the tracking level recorded none. */
  createdAt?: number
  /** Where it was opened, innermost first; undefined where the tracking level recorded none. */
  stack?: StackFrame[]
  /** How often the handle was touched. */
  touches: number
}
