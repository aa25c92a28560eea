import { crc32, deflateRawSync, inflateRawSync } from 'node:zlib'

// The frame of the file: a line of text that every version can read, then blocks. docs/recording-format.md
// says what is in them.

export const FORMAT_VERSION = 1

const FIRST_LINE = /^holdfast recording (\d{1,9}) ([\x21-\x7e]{1,60})\n/
/** What the first line of every recording begins with. */
const MARK = 'holdfast recording '
/** No first line is longer. */
export const FIRST_LINE_MAX = 128

export function firstLine(libraryVersion: string): string {
  return `${MARK}${FORMAT_VERSION} ${libraryVersion}\n`
}

export interface FirstLine {
  readonly version: number
  /** The version of the library that wrote it. */
  readonly library: string
  readonly length: number
}

/** @returns undefined when it is none; `'cut'` when it may have become one */
export function parseFirstLine(start: Buffer): FirstLine | 'cut' | undefined {
  const text = start.toString('latin1')
  const match = FIRST_LINE.exec(text)
  if (match !== null) return { version: Number(match[1]), library: match[2] as string, length: match[0].length }
  if (text.length >= FIRST_LINE_MAX || text.includes('\n')) return undefined
  return text.startsWith(MARK) || MARK.startsWith(text) ? 'cut' : undefined
}

export const BlockType = { header: 1, events: 2, end: 3, holders: 4, note: 5 } as const

// All numbers little-endian:
//   0  length of the body          4  thread
//   8  type    9  encoding        10  check of the bytes before: the lower half of their CRC-32
//  12  CRC-32 of the body
export const FRAME_BYTES = 16
const CHECKED_BYTES = 10
const Encoding = { stored: 0, deflated: 1 } as const

/** Below that deflating costs more than it saves. */
const STORED_BELOW = 200
/** Fast, and small enough for blocks of some KiB. */
const DEFLATE = { level: 1, windowBits: 14, memLevel: 7 }
/** A block that claims to be larger is no block of ours. */
const BODY_MAX = 2 ** 28

export function encodeBlock(type: number, thread: number, content: Uint8Array): Buffer {
  const isStored = content.length < STORED_BELOW
  const body = isStored ? content : deflateRawSync(content, DEFLATE)
  const block = Buffer.allocUnsafe(FRAME_BYTES + body.length)
  block.writeUInt32LE(body.length, 0)
  block.writeUInt32LE(thread, 4)
  block.writeUInt8(type, 8)
  block.writeUInt8(isStored ? Encoding.stored : Encoding.deflated, 9)
  block.writeUInt16LE(checkOf(block), CHECKED_BYTES)
  block.writeUInt32LE(crc32(body), 12)
  block.set(body, FRAME_BYTES)
  return block
}

export function encodeJsonBlock(type: number, content: object): Buffer {
  return encodeBlock(type, 0, Buffer.from(JSON.stringify(content)))
}

function checkOf(frame: Buffer): number {
  return crc32(frame.subarray(0, CHECKED_BYTES)) & 0xffff
}

export interface Frame {
  readonly type: number
  readonly thread: number
  /** Of the body. */
  readonly length: number
}

/** @returns undefined when it is damaged */
export function decodeFrame(frame: Buffer): Frame | undefined {
  if (frame.readUInt16LE(CHECKED_BYTES) !== checkOf(frame)) return undefined
  return { type: frame.readUInt8(8), thread: frame.readUInt32LE(4), length: frame.readUInt32LE(0) }
}

/**
 * @param block a whole one, whose frame is not damaged
 * @returns undefined when it is damaged
 */
export function decodeBody(block: Buffer): Buffer | undefined {
  const body = block.subarray(FRAME_BYTES)
  if (crc32(body) !== block.readUInt32LE(12)) return undefined
  const encoding = block.readUInt8(9)
  if (encoding === Encoding.stored) return body
  if (encoding !== Encoding.deflated) return undefined
  try {
    return inflateRawSync(body, { maxOutputLength: BODY_MAX })
  } catch {
    return undefined
  }
}
