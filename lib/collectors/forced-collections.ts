import { performance } from 'node:perf_hooks'
import { native } from '../binding.js'
import { engineCollector } from '../engine-collector.js'
import { releaseOrphans } from '../release-table.js'

// Every collection that the library forces by itself goes through here, so that whoever wants to force
// another one knows what was spent.

let forced = 0
let milliseconds = 0

/** How many collections were forced in this thread. */
export function forcedCollections(): number {
  return forced
}

/** How long the engine took for them. */
export function forcedCollectionMilliseconds(): number {
  return milliseconds
}

/**
 * Makes the engine collect, and releases the handles that it found dead. Returns how long the engine took
 * in milliseconds; undefined where it offers no way, and then only what was dead before is released.
 */
export function forceCollection(kind: 'major' | 'minor'): number | undefined {
  const pause = pauseFor(kind)
  native.sweepAfterCollection()
  releaseOrphans()
  return pause
}

function pauseFor(kind: 'major' | 'minor'): number | undefined {
  const collect = engineCollector()
  if (collect === undefined) return undefined
  const start = performance.now()
  collect(kind)
  const pause = performance.now() - start
  forced++
  milliseconds += pause
  return pause
}
