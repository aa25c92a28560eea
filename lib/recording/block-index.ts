import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import {
  decodeBody,
  decodeFrame,
  FIRST_LINE_MAX,
  type FirstLine,
  FORMAT_VERSION,
  FRAME_BYTES,
  type Frame,
  parseFirstLine,
} from './format.js'
import { damaged, RecordingError } from './recording-error.js'

/** Where a block is. */
export interface BlockPlace extends Frame {
  readonly offset: number
}

/** For whoever does not want to know which share of a file was read. */
export const ignoreProgress = (): void => {}

/** A recording that is open for reading: knows where its blocks are, and reads them one by one. */
export class BlockIndex {
  readonly #descriptor: number
  readonly blocks: BlockPlace[] = []
  readonly firstLine: FirstLine
  /** Of the file. */
  readonly size: number
  /** Up to where there are whole blocks. */
  readonly wholeSize: number
  /** Is told, with every block, which share of the file was read. */
  onProgress: (share: number) => void = ignoreProgress
  #bytesRead = 0

  private constructor(descriptor: number) {
    this.#descriptor = descriptor
    this.size = fstatSync(descriptor).size
    this.firstLine = this.#readFirstLine()
    this.wholeSize = this.#findBlocks(this.firstLine.length)
  }

  /**
   * @throws RecordingError when it is no recording, from a newer version, or damaged
   * @throws what `node:fs` throws
   */
  static open(path: string): BlockIndex {
    const descriptor = openSync(path, 'r')
    try {
      return new BlockIndex(descriptor)
    } catch (error) {
      closeSync(descriptor)
      throw error
    }
  }

  /** What is in a block. */
  read({ offset, length }: BlockPlace): Buffer {
    const content = decodeBody(this.#bytes(offset, FRAME_BYTES + length))
    if (content === undefined) throw damaged(offset)
    this.#bytesRead += FRAME_BYTES + length
    this.onProgress(this.#bytesRead / this.size)
    return content
  }

  /** @param is what it has to be; anything else is damage */
  readJson<T>(place: BlockPlace, is: (value: unknown) => value is T): T {
    const text = this.read(place).toString()
    let value: unknown
    try {
      value = JSON.parse(text)
    } catch {
      throw damaged(place.offset)
    }
    if (!is(value)) throw damaged(place.offset)
    return value
  }

  close(): void {
    closeSync(this.#descriptor)
  }

  #readFirstLine(): FirstLine {
    if (this.size === 0) throw new RecordingError('the file is empty.')
    const line = parseFirstLine(this.#bytes(0, Math.min(FIRST_LINE_MAX, this.size)))
    if (line === undefined) throw new RecordingError('this is no recording of `holdfast run`.')
    if (line === 'cut') throw new RecordingError('the recording is cut off before anything was recorded.')
    if (line.version > FORMAT_VERSION) {
      throw new RecordingError(
        `the recording was written by holdfast ${line.library}, in format ${line.version}. ` +
          `This version reads formats up to ${FORMAT_VERSION}: update holdfast.`,
      )
    }
    if (line.version < 1) throw damaged(0)
    return line
  }

  #findBlocks(start: number): number {
    let offset = start
    while (offset + FRAME_BYTES <= this.size) {
      const frame = decodeFrame(this.#bytes(offset, FRAME_BYTES))
      if (frame === undefined) throw damaged(offset)
      const end = offset + FRAME_BYTES + frame.length
      if (end > this.size) break
      this.blocks.push({ ...frame, offset })
      offset = end
    }
    return offset
  }

  #bytes(offset: number, length: number): Buffer {
    const bytes = Buffer.allocUnsafe(length)
    let read = 0
    while (read < length) {
      const count = readSync(this.#descriptor, bytes, read, length - read, offset + read)
      if (count === 0) throw new RecordingError('the recording became shorter while it was read.')
      read += count
    }
    return bytes
  }
}
