import { truncateSync } from 'node:fs'
import { BlockIndex } from './block-index.js'
import { BlockType } from './format.js'
import type { SiteHolders } from './json-blocks.js'
import { cutOffNote } from './read-recording.js'
import type { RecordingEnd } from './recording.js'
import { RecordingFile } from './recording-file.js'

// What is added to a recording when nobody writes to it any more.

/**
 * Says what keeps handles alive that were open at the end. What was said before of the same sites is replaced.
 *
 * @throws RecordingError when the file is no recording, of a newer version, or damaged
 * @throws what `node:fs` throws when it cannot be written
 */
export function appendHolders(path: string, sites: readonly SiteHolders[]): void {
  append(path, BlockType.holders, { sites })
}

/** Says how the program ended, when it could not say it itself. Throws as `appendHolders`. */
export function appendEnd(path: string, end: RecordingEnd): void {
  append(path, BlockType.end, end)
}

function append(path: string, type: number, content: object): void {
  const note = cutIncompleteBlock(path)
  const file = RecordingFile.join(path)
  try {
    if (note !== undefined) file.json(BlockType.note, { text: note })
    file.json(type, content)
  } finally {
    file.close()
  }
}

/** Behind half of a block nothing would be found. */
function cutIncompleteBlock(path: string): string | undefined {
  const index = BlockIndex.open(path)
  try {
    if (index.wholeSize === index.size) return undefined
    truncateSync(path, index.wholeSize)
    return cutOffNote(index)
  } finally {
    index.close()
  }
}
