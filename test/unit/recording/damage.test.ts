import { chmodSync, mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { crc32 } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { ByteWriter } from '../../../lib/recording/bytes.js'
import { BlockType, firstLine } from '../../../lib/recording/format.js'
import { readRecording } from '../../../lib/recording/read-recording.js'
import { RecordingError } from '../../../lib/recording/recording-error.js'
import { RecordingFile } from '../../../lib/recording/recording-file.js'
import { ROW_BITS, Row } from '../../../lib/recording/rows.js'
import { at, header, RecordingWriter, scratchDirectory } from '../../support/recordings.js'

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

describe('a recording whose blocks are whole, and not as this version writes them,', () => {
  /** Rows by their numbers, behind the time at which their block begins. */
  const rowsOf = (numbers: readonly number[]) => {
    const rows = new ByteWriter()
    for (const number of numbers) rows.number(number)
    return rows.view()
  }
  const head = (row: number, rest: number) => rest * 2 ** ROW_BITS + row

  it.each<[string, (file: RecordingFile) => void]>([
    [
      'with a handle of a site that was never told of',
      (file) => file.events(0, rowsOf([0, head(Row.open, 0), 0, 2, 0, 8])),
    ],
    ['with a site of a kind that was never told of', (file) => file.events(0, rowsOf([0, head(Row.site, 3), 0]))],
    ['with a row that ends too early', (file) => file.events(0, rowsOf([0, head(Row.open, 0)]))],
    ['with a number that is too large', (file) => file.events(0, Buffer.from([...Array(7).fill(0xff), 0x7f]))],
    ['with an end that is none', (file) => file.json(BlockType.end, { at: 'noon' })],
    ['with a note that is none', (file) => file.json(BlockType.note, {})],
  ])('is refused: %s', (_, write) => {
    using scratch = scratchDirectory()
    const file = RecordingFile.create(scratch.path('a.hfrec'), header())
    write(file)
    file.close()
    expect(messageOf(() => readRecording(scratch.path('a.hfrec')))).toMatch(/damaged/)
  })

  it('is refused: in an encoding that is not known', () => {
    using scratch = scratchDirectory()
    const path = scratch.path('a.hfrec')
    const bytes = smallRecording(path)
    // One that could be inflated.
    const [, start = 0] = blockEnds(bytes)
    expect(bytes.readUInt8(start + 9)).toBe(1)
    bytes.writeUInt8(7, start + 9)
    bytes.writeUInt16LE(crc32(bytes.subarray(start, start + 10)) & 0xffff, start + 10)
    writeFileSync(path, bytes)
    expect(messageOf(() => readRecording(path))).toMatch(/damaged/)
  })
})

it('a recording that becomes shorter while it is read is refused', () => {
  using scratch = scratchDirectory()
  const path = scratch.path('a.hfrec')
  smallRecording(path)
  expect(messageOf(() => readRecording(path, () => truncateSync(path, 200)))).toMatch(/became shorter/)
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
