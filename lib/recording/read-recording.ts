import { BlockIndex, type BlockPlace, ignoreProgress } from './block-index.js'
import { BlockType } from './format.js'
import { isEnd, isHeader, isHolders, isNote } from './json-blocks.js'
import { deliverEvents } from './merge-threads.js'
import type { Recording, RecordingEnd, RecordingHeader, SiteTotals } from './recording.js'
import { damaged, RecordingError } from './recording-error.js'
import { siteKey, Totals } from './totals.js'

/**
 * Reads a recording and sums it up. One that was cut off is read up to its last whole block, and has a note.
 *
 * @param onProgress is told often which share of the file was read, from 0 to 1
 * @throws RecordingError when the file is no recording, of a newer version, or damaged
 * @throws what `node:fs` throws when it cannot be read
 */
export function readRecording(path: string, onProgress: (share: number) => void = ignoreProgress): Recording {
  const index = BlockIndex.open(path)
  try {
    index.onProgress = onProgress
    return sumUp(index)
  } finally {
    index.close()
  }
}

function sumUp(index: BlockIndex): Recording {
  const header = readHeader(index)
  const lastEnd = placesOf(index, BlockType.end).at(-1)
  const end = lastEnd && index.readJson(lastEnd, isEnd)
  const totals = new Totals()
  deliverEvents(index, totals)
  const { sites, ...rest } = totals.finish(end?.at)
  return { header, end, notes: notesOf(index, end), sites: withHolders(index, sites), ...rest }
}

function readHeader(index: BlockIndex): RecordingHeader {
  const [place] = index.blocks
  if (place === undefined) throw new RecordingError('the recording is cut off before anything was recorded.')
  const header = index.readJson(place, isHeader)
  // The first line has no check of its own.
  const { version, library } = index.firstLine
  if (place.type !== BlockType.header || header.version !== version || header.library !== library) throw damaged(0)
  return header
}

function placesOf(index: BlockIndex, type: number): BlockPlace[] {
  return index.blocks.filter((place) => place.type === type)
}

function notesOf(index: BlockIndex, end: RecordingEnd | undefined): string[] {
  const notes = placesOf(index, BlockType.note).map((place) => index.readJson(place, isNote).text)
  if (index.wholeSize < index.size) notes.push(cutOffNote(index))
  else if (end === undefined) notes.push('The recording has no end: the program was killed, or is still running.')
  return notes
}

/** Of a file whose last block is not whole. */
export function cutOffNote({ size, wholeSize }: BlockIndex): string {
  return `The recording is cut off: its last ${size - wholeSize} bytes are an incomplete record, and were left out.`
}

function withHolders(index: BlockIndex, sites: readonly SiteTotals[]): readonly SiteTotals[] {
  const lines = new Map<string, readonly string[]>()
  for (const place of placesOf(index, BlockType.holders)) {
    const { sites: found } = index.readJson(place, isHolders)
    for (const { kind, stack, lines: heldBy } of found) lines.set(siteKey(kind, stack), heldBy)
  }
  if (lines.size === 0) return sites
  return sites.map((site) => ({ ...site, heldBy: lines.get(siteKey(site.kind, site.stack)) ?? [] }))
}
