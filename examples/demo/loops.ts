// The loops of part 2, and what the processes that run them report to the one that shows them.
import type { HandleStatistics } from 'holdfast'

export const HANDLES = 200_000
export const BYTES_PER_HANDLE = 64 * 1024
/** Where a loop is stopped that does not release what it drops. */
export const STOP_AT_BYTES = 2 * 2 ** 30

export interface Loop {
  readonly name: string
  readonly kind: 'NativeBuffer' | 'RegistryBuffer'
  /** Whether one byte is written through `bytes`, which takes a view. */
  readonly written: boolean
}

export const LOOPS: readonly Loop[] = [
  { name: 'NativeBuffer', kind: 'NativeBuffer', written: false },
  { name: 'registry', kind: 'RegistryBuffer', written: false },
  { name: 'NativeBuffer, written', kind: 'NativeBuffer', written: true },
  { name: 'registry, written', kind: 'RegistryBuffer', written: true },
]

export interface Progress {
  made: number
  live: number
  liveBytes: number
}

export interface Result extends Progress {
  peakLive: number
  peakLiveBytes: number
  peakResidentBytes: number
  microsecondsPerHandle: number
  /** Handles that were still live after a collection, once the event loop had turned. */
  liveAfterwards: number
  kinds: HandleStatistics['kinds']
}

/** One line of a child's output. */
export type Report = { progress: Progress } | { result: Result }
