import { existsSync, readFileSync, rmSync } from 'node:fs'
import type { SiteHolders } from '../recording/json-blocks.js'
import { explainSnapshot, NOBODY } from './explain-snapshot.js'
import { type LeftHandles, sitesFile } from './left-site.js'

/**
 * Says what holds the handles that a program has left, which has written them by `writeLeftHandles`. Deletes the files.
 *
 * @param directory what files are shown relative to
 * @param onProgress is told often which share of the snapshot was read, from 0 to 1
 * @returns nothing when there are no such files
 * @throws when they cannot be read
 */
export async function explainLeftHandles(
  path: string,
  directory: string,
  onProgress: (share: number) => void,
): Promise<SiteHolders[]> {
  try {
    if (!existsSync(sitesFile(path))) return []
    const { sites, mapsSources } = JSON.parse(readFileSync(sitesFile(path), 'utf8')) as LeftHandles
    const told = await explainSnapshot(path, { directory, mapsSources, onProgress })
    return sites.map(({ kind, stack, labels }) => {
      const lines = labels.map((label) => withoutKeys(told.get(label)?.heldBy ?? NOBODY))
      return { kind, stack, lines: [...new Set(lines)] }
    })
  } finally {
    rmSync(path, { force: true })
    rmSync(sitesFile(path), { force: true })
  }
}

/** Many handles are in one Map, each under a key of its own: that is one way of being held. */
function withoutKeys(line: string): string {
  return line.replaceAll(/ \(under the key '.*?'\)/g, '')
}
