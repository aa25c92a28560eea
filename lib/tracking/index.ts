/**
 * Who opened what, and what holds it.
 *
 * @module holdfast/tracking
 */
import { explain } from '../holders/explain.js'
import type { Retention } from '../holders/explain-snapshot.js'
import { invalidType } from '../validate.js'
import * as levels from './level.js'
import { compareSnapshots, type HandleSnapshot, type SnapshotDifference, takeSnapshot } from './snapshot.js'

export type { Step } from '../holders/describe-path.js'
export type { Retention } from '../holders/explain-snapshot.js'
export type { HandleTouch, LiveHandle, StackFrame } from '../live-handle.js'
export type {
  CollectMessage,
  HandleCloseMessage,
  HandleCloseReason,
  HandleLeakMessage,
  HandleOpenMessage,
} from './channels.js'
export type { TrackingLevel } from './level.js'
export type { HandleSnapshot, KindCount, SnapshotDifference } from './snapshot.js'

/**
 * What is known of the handles of this thread: which are open, since when, who opened them, and which were
 * dropped without having been disposed of.
 *
 * A handle that is found collected gives a process warning of type `HandleLeakWarning` with code `HOLDFAST_LEAK`, once for
 * each place that opens such handles; with `HOLDFAST_STRICT=1` in the environment it is an uncaught
 * `HandleLeakError` instead. Diagnostics channels tell of each handle: `holdfast:handle:open`,
 * `holdfast:handle:close`, `holdfast:handle:leak`, and `holdfast:gc:collect` of collections that the library forces.
 */
export const tracking = {
  /**
   * How much is known of handles, and what that costs. From now on, in this thread; `HOLDFAST_TRACKING` in the
   * environment sets it for all threads from their start. Default `'counts'`.
   */
  get level(): levels.TrackingLevel {
    return levels.level()
  },

  /** @throws TypeError `ERR_INVALID_ARG_VALUE` for anything but `'off'`, `'counts'`, `'sampled'` or `'full'` */
  set level(level: levels.TrackingLevel) {
    levels.setLevel(level)
  },

  /**
   * With the level `'sampled'`, one in so many handles is recorded, on average: an integer from 1 to 2 ** 30. Default 128.
   */
  get sampleInterval(): number {
    return levels.sampleInterval()
  },

  /** @throws TypeError, RangeError for anything but an integer from 1 to 2 ** 30 */
  set sampleInterval(handles: number) {
    levels.setSampleInterval(handles)
  },

  /**
   * All handles that are open in this thread. At every level; creation stacks, times and touches are there for the
   * handles that were recorded.
   *
   * @throws OutOfMemoryError
   */
  snapshot(): HandleSnapshot {
    return takeSnapshot()
  },

  /**
   * What has come and gone between two snapshots of one thread.
   *
   * @throws TypeError when one of them is no snapshot
   */
  diff(before: HandleSnapshot, after: HandleSnapshot): SnapshotDifference {
    checkSnapshot('before', before)
    checkSnapshot('after', after)
    return compareSnapshots(before, after)
  },

  /**
   * Says in words what keeps a handle alive: the listeners of an emitter, a module-level Map, a pending timer, a
   * closure, the state of its own finalizer, …
   *
   * ```ts
   * const { heldBy } = (await tracking.explain(session)) ?? {}
   * // held by the listeners of event 'message' (src/bus.ts:15) of a Bus, which is held by …
   * ```
   *
   * The engine writes a snapshot of the heap for this, into the folder for temporary files: the thread stands still
   * meanwhile, about a second for each 20 MB of heap, and a worker takes as long again to read it. Local variables of
   * functions that are running, as those of the caller, are told of only where nothing else holds the handle.
   *
   * @param handle one of the library's, or an object of a class that extends one
   * @returns undefined when the engine has left the handle out of the snapshot
   * @throws TypeError when it is no handle
   * @throws InvalidOperationError where the runtime writes no such snapshots, or the file cannot be written or read;
   *   all of them reject the promise
   */
  explain(handle: object): Promise<Retention | undefined> {
    return explain(handle)
  },
}

function checkSnapshot(name: string, value: unknown): asserts value is HandleSnapshot {
  const { handles, kinds } = (value ?? {}) as Partial<HandleSnapshot>
  const isSnapshot = Array.isArray(handles) && typeof kinds === 'object' && kinds !== null
  if (!isSnapshot) throw invalidType(name, 'a snapshot of tracking.snapshot()', value)
}
