import type { StackFrame } from '../live-handle.js'

// What is known of a program that ran under `holdfast run`: the contract between reading a recording and
// everything that shows one. Nothing in here depends on how the file is written.

/** The program, and how it was recorded. */
export interface RecordingHeader {
  /** Of the format of the file. */
  version: number
  /** Of the library that wrote it. */
  library: string
  /** Such as `node v20.20.2 linux-x64`. */
  runtime: string
  pid: number
  /** The program and its arguments. */
  command: readonly string[]
  /** What the paths in stacks are shown relative to. */
  directory: string
  /** Milliseconds since the epoch. */
  startedAt: number
  level: string
  /** With the level `sampled`: one in so many handles has a stack. */
  sampleInterval: number
}

/** How the program ended. */
export interface RecordingEnd {
  /** Milliseconds since the start. */
  at: number
  /** undefined: a signal ended it, or the recording was cut off. */
  exitCode?: number
  /** The signal that ended it, such as `SIGKILL`, where that is known. */
  signal?: string
}

/** Everything that was opened by one kind of handle at one creation stack. */
export interface SiteTotals {
  kind: string
  /** Innermost first, the library's own frames left out; empty where none was recorded. */
  stack: readonly StackFrame[]
  opened: number
  openedBytes: number
  disposed: number
  finalized: number
  finalizedBytes: number
  /** Given to other threads. */
  transferred: number
  /** Still open at the end. */
  live: number
  liveBytes: number
  /** Most at once. */
  peakLive: number
  peakLiveBytes: number
  /** Milliseconds since the start. */
  firstOpenedAt: number
  lastOpenedAt: number
  /** Milliseconds between open and close, of those that were closed. */
  meanLifetime: number | undefined
  /** In words, what keeps handles alive that are still open at the end: one line for each way. */
  heldBy: readonly string[]
}

/** Columns of equal length, over time. */
export interface Timeline {
  /** Milliseconds since the start, ascending. */
  at: readonly number[]
  rss: readonly number[]
  /** Live handles and native bytes of each kind, by its name. */
  kinds: Readonly<Record<string, { live: readonly number[]; liveBytes: readonly number[] }>>
}

/** A collection that the library forced. */
export interface RecordedCollection {
  /** Milliseconds since the start. */
  at: number
  kind: 'major' | 'minor'
  milliseconds: number
  thread: number
}

export interface KindTotals {
  opened: number
  disposed: number
  finalized: number
  transferred: number
  live: number
  liveBytes: number
  peakLive: number
  peakLiveBytes: number
}

export interface Recording {
  header: RecordingHeader
  /** undefined when the file has none: the program was killed, or the file cut off. */
  end: RecordingEnd | undefined
  /** What is missing, in words: for a file that was cut off. */
  notes: readonly string[]
  /** Those with the most bytes ever opened first. */
  sites: readonly SiteTotals[]
  timeline: Timeline
  collections: readonly RecordedCollection[]
  kinds: Readonly<Record<string, KindTotals>>
  total: KindTotals
}
