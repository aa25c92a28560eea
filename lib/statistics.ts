import { type KindNumber, native } from './binding.js'
import {
  ALL_KINDS,
  COLUMNS,
  Column,
  kindNameOf,
  kindNameOfNumber,
  knownKind,
  knownKinds,
  liveTotal,
  type NamedClass,
  readCounter,
} from './kinds.js'
import { checkOneOf, checkOptions, invalidType } from './validate.js'

/** Nine numbers about handles. `opened === live + disposed + finalized + transferredOut − transferredIn`, at every moment. */
export interface HandleCounts {
  /** Handles that are open now. */
  live: number
  /**
   * Native bytes behind them, plus bytes of closed handles that somebody still uses: those of a buffer
   * whose memory was moved into another ArrayBuffer, or that wait for the event loop to be released.
   */
  liveBytes: number
  /** The most that were open at once, since the start or the last `resetPeaks()`. */
  peakLive: number
  /** The most live bytes at once, since the start or the last `resetPeaks()`. */
  peakLiveBytes: number
  /** Handles ever opened. */
  opened: number
  /** Handles closed by the program. */
  disposed: number
  /** Handles closed because their object was collected, or their thread ended. */
  finalized: number
  /** Handles taken over from other threads. */
  transferredIn: number
  /** Handles given to other threads. */
  transferredOut: number
}

/** Counts of all handles, and of each kind. */
export interface HandleStatistics extends HandleCounts {
  /** The same nine numbers for each kind of which a handle was ever opened. */
  kinds: Record<string, HandleCounts>
}

/**
 * How many handles are open in this thread: of all kinds, or of one.
 *
 * @param kind the name of a kind, or the class; a kind of which there never was a handle counts 0
 * @throws TypeError `ERR_INVALID_ARG_TYPE` when `kind` is neither
 */
export function liveHandles(kind?: string | NamedClass): number {
  if (kind === undefined) return liveTotal()
  const number = knownKind(kindName(kind))
  return number === undefined ? 0 : readCounter(number, Column.live)
}

function kindName(kind: unknown): string {
  if (typeof kind === 'string') return kind
  if (typeof kind === 'function') return kindNameOf(kind)
  throw invalidType('kind', 'of type string or a class of handles', kind)
}

type ReadColumn = (kind: KindNumber, column: number) => number

/**
 * Counts of this thread, or of the whole process: all threads that have loaded the library, the ended
 * ones included.
 *
 * Peaks of a process with several threads are sampled whenever a thread reaches a peak of its own and
 * whenever somebody asks; a short coincidence of smaller peaks can be missed.
 *
 * @param options `scope`: `'thread'` (the default) or `'process'`
 * @throws TypeError `ERR_INVALID_ARG_VALUE` for another scope
 */
export function handleStatistics(options: { scope?: 'thread' | 'process' } = {}): HandleStatistics {
  checkOptions('options', options)
  const { scope = 'thread' } = options
  checkOneOf('options.scope', scope, ['thread', 'process'])
  return scope === 'thread' ? collect(knownKinds(), readCounter) : processStatistics()
}

function processStatistics(): HandleStatistics {
  // All rows at once: under a native limit no sum of live bytes is above it, not even for a moment.
  const rows = new Float64Array(native.kindCount() * COLUMNS)
  native.readProcessCounters(rows)
  return collect(kindsOfProcess(rows.length / COLUMNS), (kind, column) => rows[kind * COLUMNS + column] as number)
}

function* kindsOfProcess(count: number): Iterable<[string, KindNumber]> {
  for (let kind = ALL_KINDS + 1; kind < count; kind++) {
    yield [kindNameOfNumber(kind as KindNumber), kind as KindNumber]
  }
}

function collect(kinds: Iterable<[string, KindNumber]>, read: ReadColumn): HandleStatistics {
  const entries: [string, HandleCounts][] = []
  for (const [name, kind] of kinds) {
    const counts = readRow(kind, read)
    if (counts.opened > 0 || counts.transferredIn > 0) entries.push([name, counts])
  }
  // Of all kinds only the peaks are kept by themselves.
  const { peakLive, peakLiveBytes } = readRow(ALL_KINDS, read)
  const total = { ...NOTHING }
  for (const [, counts] of entries) {
    total.live += counts.live
    total.liveBytes += counts.liveBytes
    total.opened += counts.opened
    total.disposed += counts.disposed
    total.finalized += counts.finalized
    total.transferredIn += counts.transferredIn
    total.transferredOut += counts.transferredOut
  }
  total.peakLive = Math.max(peakLive, total.live)
  total.peakLiveBytes = Math.max(peakLiveBytes, total.liveBytes)
  return { ...total, kinds: Object.fromEntries(entries) }
}

const NOTHING: HandleCounts = {
  live: 0,
  liveBytes: 0,
  peakLive: 0,
  peakLiveBytes: 0,
  opened: 0,
  disposed: 0,
  finalized: 0,
  transferredIn: 0,
  transferredOut: 0,
}

function readRow(kind: KindNumber, read: ReadColumn): HandleCounts {
  return {
    live: read(kind, Column.live),
    liveBytes: read(kind, Column.liveBytes),
    peakLive: read(kind, Column.peakLive),
    peakLiveBytes: read(kind, Column.peakLiveBytes),
    opened: read(kind, Column.opened),
    disposed: read(kind, Column.disposed),
    finalized: read(kind, Column.finalized),
    transferredIn: read(kind, Column.transferredIn),
    transferredOut: read(kind, Column.transferredOut),
  }
}

/**
 * Starts the peaks anew at what is live now: those of this thread, and of the process as far as other
 * threads have not reached them on their own.
 */
export function resetPeaks(): void {
  native.resetPeaks()
}
