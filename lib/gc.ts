import { setImmediate } from 'node:timers'
import { native } from './binding.js'
import { collectOnly } from './collectors/forced-collections.js'
import { engineCollector } from './engine-collector.js'
import { InvalidOperationError } from './errors.js'
import { isFinalizable, resumeFinalization, suppressFinalization } from './finalization.js'
import { highMemoryLoadPercent, setHighMemoryLoadPercent, totalAvailableMemory } from './memory-ceiling.js'
import * as pressure from './memory-pressure.js'
import { attend, reclaim } from './reclamation.js'
import { hasShutdownStarted } from './thread-end.js'
import { checkObject, checkOneOf } from './validate.js'

// After a collection finalizers of the engine run in the next turn of the event loop. But a thread of the
// engine looks for the ArrayBuffers that died, and takes its time, unless another collection needs its result.
const TURNS_TO_SETTLE = 3

let kept: unknown

/**
 * The garbage collector, as far as handles depend on it. Each thread has its own engine: everything here is
 * about the calling thread, but for `totalAvailableMemory` and `highMemoryLoadPercent`, which are of the
 * process.
 */
export const GC = {
  /**
   * Makes the engine collect, now, and releases the handles that became unreachable.
   *
   * @param kind `'major'` (the default): everything; `'minor'`: only young objects, in about a
   *   millisecond, where the engine has such a thing
   * @throws InvalidOperationError where the engine offers no way: see `canCollect`
   * @throws TypeError `ERR_INVALID_ARG_VALUE` for another kind
   */
  collect(kind: 'major' | 'minor' = 'major'): void {
    checkOneOf('kind', kind, ['major', 'minor'])
    if (collectOnly(kind) === undefined) {
      throw new InvalidOperationError(
        'This runtime offers no way to make it collect. Start it with --expose-gc, or check GC.canCollect first.',
      )
    }
    reclaim()
  },

  /** Whether `collect()` works here. */
  get canCollect(): boolean {
    return engineCollector() !== undefined
  },

  /**
   * Releases every handle whose object the engine has already found unreachable, now, without making it
   * collect. Works in the middle of synchronous code.
   *
   * @returns how many were released
   */
  reclaim(): number {
    return reclaim()
  },

  /** How many major collections this thread has seen: several between two looks count as one. */
  get collectionCount(): number {
    return native.majorCollections()
  },

  /** Resolves when everything that is dead now has been released, memory that was viewed included. */
  async waitForPendingFinalizers(): Promise<void> {
    reclaim()
    for (let turn = 0; turn < TURNS_TO_SETTLE; turn++) {
      if (native.waitingViews() > 0) collectOnly('minor')
      await new Promise<void>((resolve) => setImmediate(resolve))
      reclaim()
    }
  },

  /**
   * The object is not finalized when it is collected, or when its thread ends: nothing but `dispose()`
   * releases its resource, which stays counted as live. For when somebody else has taken that over; of a
   * `SafeHandle`, `setHandleAsInvalid()` says it better.
   *
   * @param obj one that has no finalizer is ignored
   * @throws TypeError when it is no object
   */
  suppressFinalize(obj: object): void {
    checkObject('obj', obj)
    if (isFinalizable(obj)) obj[suppressFinalization]()
  },

  /**
   * Takes `suppressFinalize` back. An object that is to be finalized anyway stays so: none is ever released
   * twice.
   *
   * @param obj one that has no finalizer is ignored
   * @throws TypeError when it is no object
   * @throws ObjectDisposedError when its resource has been released already
   * @throws InvalidOperationError when the state of its finalizer refers to the object, as far as can be seen
   */
  reRegisterForFinalize(obj: object): void {
    checkObject('obj', obj)
    if (isFinalizable(obj)) obj[resumeFinalization]()
  },

  /**
   * Says that objects of this thread hold native memory that the library does not know of. The engine
   * collects as if it were its own, and the library forces collections when it grows, as it does for native
   * bytes of handles. Advice only: nothing is refused, and the native limit does not count it.
   *
   * @param bytes how many more, an integer from 1 to `Number.MAX_SAFE_INTEGER`. The sum stays at that
   * @throws TypeError, RangeError for anything else
   */
  addMemoryPressure(bytes: number): void {
    pressure.addMemoryPressure(bytes)
    attend()
  },

  /**
   * Takes back what `addMemoryPressure` has added in this thread, all or a part of it; never more. What is
   * left when the thread ends is taken back then.
   *
   * @param bytes how many fewer, an integer from 1 to `Number.MAX_SAFE_INTEGER`
   * @throws TypeError, RangeError for anything else
   */
  removeMemoryPressure(bytes: number): void {
    pressure.removeMemoryPressure(bytes)
  },

  /** Bytes added and not removed, and the live bytes of handles, both of this thread. */
  get memoryPressure(): number {
    return pressure.memoryPressure()
  },

  /**
   * How many bytes of memory the process may use: the ceiling of its container, of any of the groups it is
   * in, or `HOLDFAST_MEMORY_CEILING` from the environment; else what the machine has. Of the process, found
   * out once, when the library is loaded.
   */
  get totalAvailableMemory(): number {
    return totalAvailableMemory()
  },

  /**
   * Near the ceiling of its container a process collects whatever it costs: when its resident memory is
   * above this share of `totalAvailableMemory`, in percent. Without such a ceiling it has no effect. Default
   * 90, or `HOLDFAST_HIGH_MEMORY_PERCENT` from the environment. Of the process: it holds in all threads.
   */
  get highMemoryLoadPercent(): number {
    return highMemoryLoadPercent()
  },

  /**
   * @param percent an integer from 1 to 100
   * @throws TypeError, RangeError for anything else
   */
  set highMemoryLoadPercent(percent: number) {
    setHighMemoryLoadPercent(percent)
  },

  /** Keeps `obj` alive up to this call: for an object that only native code still uses. */
  keepAlive(obj: unknown): void {
    // A store to a variable of the module is not optimised away, and neither is what it needs.
    kept = obj
    if (kept === obj) kept = undefined
  },

  /** Whether this thread is ending: its `exit` event has been emitted. */
  get hasShutdownStarted(): boolean {
    return hasShutdownStarted()
  },
}
