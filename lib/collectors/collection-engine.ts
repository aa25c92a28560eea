import { performance } from 'node:perf_hooks'
import { getHeapStatistics } from 'node:v8'
import { native } from '../binding.js'
import { releaseCollected } from '../release-table.js'
import { forceCollection, forcedCollectionMilliseconds } from './forced-collections.js'

/** What a policy knows of the engine and can have it do. Tests have one with a clock of their own. */
export interface CollectionEngine {
  /** Milliseconds on a clock that never goes back. */
  now(): number
  /** How many of them the thread has run, and not waited for a processor or anything else. */
  threadMilliseconds(): number
  /** How long forced collections have taken in this thread, whoever forced them. */
  forcedMilliseconds(): number
  heapBytes(): number
  /** Releases handles that the engine has found dead. */
  takeDead(): void
  /** How many it has made, of any kind and major ones, its own and forced ones. */
  collections(): number
  majorCollections(): number
  /** Returns how long it took; undefined where the engine offers no way. */
  collect(kind: 'major' | 'minor'): number | undefined
}

export const engine: CollectionEngine = {
  now: () => performance.now(),
  threadMilliseconds: () => native.threadMilliseconds(),
  forcedMilliseconds: forcedCollectionMilliseconds,
  heapBytes: () => getHeapStatistics().used_heap_size,
  takeDead: releaseCollected,
  collections: () => native.collections(),
  majorCollections: () => native.majorCollections(),
  collect: forceCollection,
}
