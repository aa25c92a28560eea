import { OutOfMemoryError } from '../errors.js'
import type { LiveHandle } from '../live-handle.js'
import { liveHandle } from './creation-records.js'
import { liveRows } from './handle-rows.js'

/** How many handles of a kind, and how many native bytes behind them. */
export interface KindCount {
  /** Handles; of a difference how many more, negative for fewer. */
  count: number
  /** Native bytes behind them, likewise. */
  bytes: number
}

/** The handles that were open in a thread at a moment. */
export interface HandleSnapshot {
  /** Milliseconds since the epoch. */
  takenAt: number
  /** In the order in which they were opened, as far as they are of one sort. */
  handles: LiveHandle[]
  /** How much there was of each kind of which there was any. */
  kinds: Record<string, KindCount>
}

/** What has come and gone between two snapshots. */
export interface SnapshotDifference {
  /** Open in the later one only. */
  added: LiveHandle[]
  /** Open in the earlier one only. */
  removed: LiveHandle[]
  /** How much more there is of each kind of which there is more or less. */
  kinds: Record<string, KindCount>
}

/** @throws OutOfMemoryError */
export function takeSnapshot(): HandleSnapshot {
  const rows = liveRows()
  if (rows === undefined) throw new OutOfMemoryError(0)
  const handles = rows.map(({ id, kind, bytes }) => liveHandle(id, kind, bytes))
  return { takenAt: Date.now(), handles, kinds: countKinds(handles) }
}

function countKinds(handles: readonly LiveHandle[]): Record<string, KindCount> {
  const kinds = new Map<string, KindCount>()
  for (const { kind, bytes } of handles) {
    const counted = kinds.get(kind) ?? { count: 0, bytes: 0 }
    counted.count++
    counted.bytes += bytes
    kinds.set(kind, counted)
  }
  return Object.fromEntries(kinds)
}

export function compareSnapshots(before: HandleSnapshot, after: HandleSnapshot): SnapshotDifference {
  return {
    added: handlesOnlyIn(after, before),
    removed: handlesOnlyIn(before, after),
    kinds: kindDifferences(before.kinds, after.kinds),
  }
}

function handlesOnlyIn(snapshot: HandleSnapshot, other: HandleSnapshot): LiveHandle[] {
  const ids = new Set(other.handles.map(({ id }) => id))
  return snapshot.handles.filter(({ id }) => !ids.has(id))
}

const NONE: KindCount = { count: 0, bytes: 0 }

function kindDifferences(
  before: Record<string, KindCount>,
  after: Record<string, KindCount>,
): Record<string, KindCount> {
  const differences: [string, KindCount][] = []
  for (const kind of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const then = before[kind] ?? NONE
    const now = after[kind] ?? NONE
    const difference = { count: now.count - then.count, bytes: now.bytes - then.bytes }
    if (difference.count !== 0 || difference.bytes !== 0) differences.push([kind, difference])
  }
  return Object.fromEntries(differences)
}
