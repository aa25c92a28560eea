import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { encodeBlock, firstLine } from '../../lib/recording/format.js'
import { readRecording } from '../../lib/recording/read-recording.js'
import { RecordingError } from '../../lib/recording/recording-error.js'

// A target for Jazzer.js: whatever a file contains, reading it gives a recording, or a RecordingError. The reader
// checks each block by its CRC, which no fuzzer guesses, so most inputs are the contents of blocks.

const LIBRARY = '1.2.3'
const HEADER = JSON.stringify({
  ...{ version: 1, library: LIBRARY, runtime: '', pid: 1, command: [], directory: '/' },
  ...{ startedAt: 0, level: 'full', sampleInterval: 1 },
})

const folder = mkdtempSync(join(tmpdir(), 'holdfast-fuzz-'))
const path = join(folder, 'recording')
process.once('exit', removeFiles)

/** For whoever ends without the event. */
export function removeFiles(): void {
  rmSync(folder, { recursive: true, force: true })
}

/** Throws what the reader must not throw. */
export function fuzz(data: Buffer): void {
  writeFileSync(path, fileOf(data))
  try {
    readRecording(path)
  } catch (error) {
    if (!(error instanceof RecordingError)) throw error
  }
}

/** The first byte: 0 a file as it is; 1 blocks, one of them the header; else blocks behind a proper header. */
function fileOf(data: Buffer): Buffer {
  const [kind] = data
  if (kind === undefined || kind === 0) return data.subarray(1)
  const blocks = blocksOf(data.subarray(1))
  if (kind > 1) blocks.unshift(encodeBlock(1, 0, Buffer.from(HEADER)))
  return Buffer.concat([Buffer.from(firstLine(LIBRARY)), ...blocks])
}

/** Of each block: its type, its thread, two bytes for how long its content is, and the content. */
function blocksOf(data: Buffer): Buffer[] {
  const blocks: Buffer[] = []
  for (let at = 0; at + 4 <= data.length; ) {
    const start = at + 4
    const end = Math.min(start + data.readUInt16LE(at + 2), data.length)
    blocks.push(encodeBlock((data[at] as number) % 7, data[at + 1] as number, data.subarray(start, end)))
    at = end
  }
  return blocks
}
