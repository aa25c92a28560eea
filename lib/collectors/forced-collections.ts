import { performance } from 'node:perf_hooks'
import { native } from '../binding.js'
import { engineCollector } from '../engine-collector.js'
import { releaseCollected } from '../release-table.js'
import { collectChannel } from '../tracking/channels.js'
import { isOn } from '../tracking/level.js'
import { readWaiting } from '../tracking/stack-capture.js'

// Every collection that the library forces goes through here, so that whoever wants to force another one knows
// what was spent.

let milliseconds = 0

/** How long the engine took for all that were forced in this thread. */
export function forcedCollectionMilliseconds(): number {
  return milliseconds
}

/** Of all threads of the process, the ended ones included. */
export function forcedCollectionsOfProcess(): { count: number; milliseconds: number } {
  const numbers = new Float64Array(2)
  native.readForcedCollections(numbers)
  const [count, milliseconds] = numbers as unknown as [number, number]
  return { count, milliseconds }
}

/**
 * Makes the engine collect, and releases the handles that it found dead. Returns how long the engine took
 * in milliseconds; undefined where it offers no way, and then only what was dead before is released.
 */
export function forceCollection(kind: 'major' | 'minor'): number | undefined {
  const pause = collectOnly(kind)
  releaseCollected()
  return pause
}

/** The same, and releases nothing. */
export function collectOnly(kind: 'major' | 'minor'): number | undefined {
  const collect = engineCollector()
  if (collect === undefined) return undefined
  readWaiting()
  const start = performance.now()
  collect(kind)
  const pause = performance.now() - start
  milliseconds += pause
  if (isOn && collectChannel.hasSubscribers) collectChannel.publish({ kind, milliseconds: pause })
  native.countForcedCollection(pause)
  return pause
}
