import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { firstLine } from '../../../lib/recording/format.js'
import { readRecording } from '../../../lib/recording/read-recording.js'
import { RecordingError } from '../../../lib/recording/recording-error.js'
import { at, RecordingWriter, scratchDirectory } from '../../support/recordings.js'

const HANDLES_IN_BLOCK = [1, 40, 3]

/** A small recording: a stored block, a deflated one, and another one. */
function smallRecording(path: string): Buffer {
  const writer = new RecordingWriter(path)
  let id = 0
  for (const count of HANDLES_IN_BLOCK) {
    for (let i = 0; i < count; i++, id++) writer.thread(0).open(id, id, 'Db', 100 + id, at(`dir/file${id}.js`, id))
    writer.flush(0)
  }
  writer.end({ at: 100, exitCode: 0 })
  return readFileSync(path)
}

/** Where the blocks end, by the lengths in their frames. */
function blockEnds(bytes: Buffer): number[] {
  const ends: number[] = []
  for (let offset = bytes.indexOf('\n') + 1; offset < bytes.length; ends.push(offset)) {
    offset += 16 + bytes.readUInt32LE(offset)
  }
  return ends
}

describe('a recording that is cut off', () => {
  it('at any byte is read up to its last whole block, with a note', () => {
    using scratch = scratchDirectory()
    const bytes = smallRecording(scratch.path('whole.hfrec'))
    const [headerEnd = 0, ...ends] = blockEnds(bytes)
    const path = scratch.path('cut.hfrec')
    for (let length = headerEnd; length < bytes.length; length++) {
      writeFileSync(path, bytes.subarray(0, length))
      const whole = ends.filter((end) => end <= length).length
      const expected = HANDLES_IN_BLOCK.slice(0, whole).reduce((sum, count) => sum + count, 0)
      const { total, notes, end } = readRecording(path)
      expect([length, total.opened, notes.length, end]).toEqual([length, expected, 1, undefined])
      const isWhole = length === headerEnd || ends.includes(length)
      expect(notes[0]).toContain(isWhole ? 'no end' : 'cut off')
    }
  })

  it('before its header is whole has nothing to read', () => {
    using scratch = scratchDirectory()
    const bytes = smallRecording(scratch.path('whole.hfrec'))
    const path = scratch.path('cut.hfrec')
    for (let length = 1; length < (blockEnds(bytes)[0] as number); length++) {
      writeFileSync(path, bytes.subarray(0, length))
      expect(() => readRecording(path)).toThrow(/cut off before anything was recorded/)
    }
  })
})

describe('a recording that is damaged', () => {
  it('in any bit is refused in one line, and never read as something else', () => {
    using scratch = scratchDirectory()
    const bytes = smallRecording(scratch.path('whole.hfrec'))
    const path = scratch.path('damaged.hfrec')
    for (let offset = 0; offset < bytes.length; offset++) {
      const copy = Buffer.from(bytes)
      copy[offset] = (copy[offset] as number) ^ (1 << (offset % 8))
      writeFileSync(path, copy)
      expect(
        messageOf(() => readRecording(path)),
        `byte ${offset}`,
      ).toMatch(/^[^\n]+$/)
    }
  })

  it('by a hole of zeros, or by a part that is missing, is refused', () => {
    using scratch = scratchDirectory()
    const bytes = smallRecording(scratch.path('whole.hfrec'))
    const path = scratch.path('damaged.hfrec')
    const [headerEnd = 0, firstEnd = 0, secondEnd = 0] = blockEnds(bytes)
    for (const damagedBytes of [
      Buffer.concat([bytes.subarray(0, firstEnd), Buffer.alloc(64), bytes.subarray(firstEnd)]),
      Buffer.concat([bytes.subarray(0, firstEnd + 7), bytes.subarray(firstEnd + 8)]),
      Buffer.concat([bytes.subarray(0, headerEnd), bytes.subarray(firstEnd)]),
      Buffer.concat([bytes.subarray(0, firstEnd), bytes.subarray(secondEnd), Buffer.alloc(64)]),
    ]) {
      writeFileSync(path, damagedBytes)
      expect(messageOf(() => readRecording(path))).toMatch(/damaged/)
    }
  })
})

describe('what is no recording', () => {
  it.each<[string, string | Buffer, RegExp]>([
    ['empty', '', /empty/],
    ['a text', 'some text\n', /no recording/],
    ['a longer text without lines', 'x'.repeat(5000), /no recording/],
    ['binary', Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0, 1, 2, 3]), /no recording/],
    ['nearly one', 'holdfast recording one 1.0.0\n', /no recording/],
    ['of a newer version', 'holdfast recording 7 9.8.7\nwhatever follows', /9\.8\.7.*format 7.*update/],
    ['of a version that never was', 'holdfast recording 0 0.0.1\n', /damaged/],
    ['a first line alone', firstLine('1.2.3'), /cut off/],
  ])('is said to be so: %s', (_, content, message) => {
    using scratch = scratchDirectory()
    const path = scratch.path('a.hfrec')
    writeFileSync(path, content)
    expect(messageOf(() => readRecording(path))).toMatch(message)
  })

  it('because it is not there, or a directory, is an error of the system', () => {
    using scratch = scratchDirectory()
    mkdirSync(scratch.path('directory'))
    expect(() => readRecording(scratch.path('missing'))).toThrow(expect.objectContaining({ code: 'ENOENT' }))
    expect(() => readRecording(scratch.path('directory'))).toThrow(expect.objectContaining({ code: 'EISDIR' }))
  })

  it.skipIf(process.getuid?.() === 0)('because it may not be read is an error of the system', () => {
    using scratch = scratchDirectory()
    const path = scratch.path('a.hfrec')
    smallRecording(path)
    chmodSync(path, 0)
    expect(() => readRecording(path)).toThrow(expect.objectContaining({ code: 'EACCES' }))
  })
})

function messageOf(body: () => unknown): string {
  try {
    body()
  } catch (error) {
    expect(error).toBeInstanceOf(RecordingError)
    return (error as Error).message
  }
  throw new Error('It was read.')
}
