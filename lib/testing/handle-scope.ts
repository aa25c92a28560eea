import type { LiveHandle } from '../live-handle.js'
import { reclaim } from '../reclamation.js'
import * as symbols from '../symbols.js'
import { takeSnapshot } from '../tracking/snapshot.js'
import { checkFunction } from '../validate.js'
import { type HandleTrackingOptions, handleFilter } from './handle-filter.js'
import { HandleWatch } from './handle-watch.js'
import { leakErrorOf, liveHandlesError } from './leak-message.js'
import { currentContext, runIn } from './test-context.js'
import { watchRun } from './watched-run.js'

/** Watches the handles that are opened until it is disposed of. */
export interface HandleScope extends Disposable {
  /** How many handles were opened. */
  readonly opened: number
  /** Those of them that are open. */
  readonly live: LiveHandle[]
  /** Those of them that were collected, and so released, without anybody having disposed of them. */
  readonly collected: LiveHandle[]

  /**
   * Asks for handles that are open, and not for those that were `collected`: whoever lets some be collected on purpose
   * can use a scope, too.
   *
   * @throws HandleLeakError when a handle is open: `ERR_HOLDFAST_LEAK`, with the handles as `leaks`
   */
  assertNone(): void

  /**
   * Releases what was found dead, and lets the event loop turn until no handle is open, some milliseconds at most.
   * Never complains.
   */
  settle(): Promise<void>

  /** Ends the scope, and asserts that nothing was left. Does nothing the second time. */
  dispose(): void
}

class WatchingScope implements HandleScope {
  readonly #watch: HandleWatch
  #isDisposed = false

  constructor(watch: HandleWatch) {
    this.#watch = watch
  }

  get opened(): number {
    return this.#watch.opened
  }

  get live(): LiveHandle[] {
    return this.#watch.live()
  }

  get collected(): LiveHandle[] {
    return this.#watch.collected()
  }

  assertNone(): void {
    const { live } = this.#watch.left()
    throwIfAny(leakErrorOf({ live, collected: [] }))
  }

  settle(): Promise<void> {
    return this.#watch.settle()
  }

  dispose(): void {
    if (this.#isDisposed) return
    this.#isDisposed = true
    try {
      this.assertNone()
    } finally {
      this.#watch.end()
    }
  }

  /** For `using`: calls `dispose()`. */
  [symbols.dispose](): void {
    this.dispose()
  }
}

/**
 * Watches the handles that are opened from now on: all of this thread, or within a guarded test those of that test.
 * Meanwhile the tracking level is `'full'`, unless `HOLDFAST_TRACKING` is set in the environment.
 *
 * ```ts
 * using handles = trackHandles()
 * await upload(file)
 * // The end of the block throws if a handle was left open.
 * ```
 *
 * @returns to be disposed of: it asserts then that every handle was
 * @throws TypeError for bad options
 */
export function trackHandles(options: HandleTrackingOptions = {}): HandleScope {
  const filter = handleFilter(options)
  const current = currentContext()
  const context = current === 'nobody' ? undefined : current
  return new WatchingScope(new HandleWatch({ context, filter, takesStrays: true }))
}

/**
 * Runs a function and expects it to leave no handle behind. What it starts and does not wait for counts as well, as
 * long as it runs.
 *
 * @param body gets the scope that watches it
 * @returns what `body` returns; of a promise one that settles after a few turns of the event loop, should a handle
 *   still be open
 * @throws HandleLeakError when a handle is open, or was collected without having been disposed of
 * @throws what `body` throws; nothing is asserted then
 * @throws TypeError for bad options
 */
export function withHandleTracking<T>(body: (handles: HandleScope) => T, options: HandleTrackingOptions = {}): T {
  checkFunction('body', body)
  const run = { filter: handleFilter(options), body: (watch: HandleWatch) => body(new WatchingScope(watch)) }
  return watchRun(run, (left, _watch, result) => {
    throwIfAny(leakErrorOf(left))
    return result
  }) as T
}

/**
 * Handles that are opened meanwhile belong to nobody: no test is blamed for them, and no scope counts them. For what
 * is opened the first time that it is needed, and then kept: a pool, a cache, a fixture of a whole file.
 *
 * @returns what `body` returns
 */
export function withoutHandleTracking<T>(body: () => T): T {
  checkFunction('body', body)
  return runIn('nobody', body)
}

/**
 * Expects that no handle is open in this thread, whoever has opened it.
 *
 * @throws HandleLeakError when one is: `ERR_HOLDFAST_LEAK`, with the handles as `leaks`
 * @throws TypeError for bad options
 */
export function expectNoLiveHandles(options: HandleTrackingOptions = {}): void {
  const filter = handleFilter(options)
  reclaim()
  throwIfAny(liveHandlesError(takeSnapshot().handles.filter(({ kind }) => filter(kind))))
}

function throwIfAny(error: Error | undefined): void {
  if (error !== undefined) throw error
}
