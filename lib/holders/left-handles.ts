import { writeFileSync } from 'node:fs'
import { type HandleId, native } from '../binding.js'
import { liveHandle } from '../tracking/creation-records.js'
import { liveRows } from '../tracking/handle-rows.js'
import { writeLabelledSnapshot } from './labels.js'
import { type LeftHandles, type LeftSite, sitesFile } from './left-site.js'

// In a program that ends: what is needed to say later what holds the handles that it leaves open.

/** Handles of one place are held in few ways. */
const MAX_PER_SITE = 5
/** Writing more than this, and reading it, would take minutes. */
const MAX_HEAP = 2 ** 29

/**
 * Writes a snapshot with the handles that are open in this thread, unless there are none or the heap is too large.
 *
 * @throws what `node:fs` and `v8.writeHeapSnapshot` throw
 */
export function writeLeftHandles(path: string): void {
  const rows = liveRows()
  if (!rows?.length || process.memoryUsage().heapUsed > MAX_HEAP) return
  const handles = rows.map(({ id, kind, bytes }) => liveHandle(id, kind, bytes))
  const sites = new Map<string, LeftSite & { labels: string[]; ids: number[] }>()
  for (const { id, kind, stack = [] } of handles) {
    const key = JSON.stringify([kind, stack])
    const site = sites.get(key) ?? { kind, stack, labels: [], ids: [] }
    site.ids.push(id)
    sites.set(key, site)
  }
  const labelled: [string, object][] = []
  for (const site of sites.values()) {
    for (const id of evenly(site.ids, MAX_PER_SITE)) {
      const token = native.ownerOf(id as HandleId)
      if (token === undefined) continue
      site.labels.push(String(id))
      labelled.push([String(id), token])
    }
  }
  writeLabelledSnapshot(path, labelled)
  const left: LeftHandles = {
    sites: [...sites.values()].map(({ kind, stack, labels }) => ({ kind, stack, labels })),
    mapsSources: process.sourceMapsEnabled === true,
  }
  writeFileSync(sitesFile(path), JSON.stringify(left))
}

function evenly<T>(items: readonly T[], count: number): T[] {
  if (items.length <= count) return [...items]
  return Array.from({ length: count }, (_, i) => items[Math.floor((i * (items.length - 1)) / (count - 1))] as T)
}
