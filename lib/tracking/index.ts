import { invalidType } from '../validate.js'
import * as levels from './level.js'
import { compareSnapshots, type HandleSnapshot, type SnapshotDifference, takeSnapshot } from './snapshot.js'

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
   *
   * @throws TypeError `ERR_INVALID_ARG_VALUE` when set to anything but `'off'`, `'counts'`, `'sampled'` or `'full'`
   */
  get level(): levels.TrackingLevel {
    return levels.level()
  },

  set level(level: levels.TrackingLevel) {
    levels.setLevel(level)
  },

  /**
   * With the level `'sampled'`, one in so many handles is recorded, on average: an integer from 1 to 2 ** 30. Default 128.
   *
   * @throws TypeError, RangeError when set to anything else
   */
  get sampleInterval(): number {
    return levels.sampleInterval()
  },

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
}

function checkSnapshot(name: string, value: unknown): asserts value is HandleSnapshot {
  const { handles, kinds } = (value ?? {}) as Partial<HandleSnapshot>
  const isSnapshot = Array.isArray(handles) && typeof kinds === 'object' && kinds !== null
  if (!isSnapshot) throw invalidType(name, 'a snapshot of tracking.snapshot()', value)
}
