import { closeSync, openSync, writeSync } from 'node:fs'
import { BlockType, encodeBlock, encodeJsonBlock, firstLine } from './format.js'
import type { RecordingHeader } from './recording.js'

// Every block is appended by one call, so those of several threads do not run into each other, and what a
// killed process has written is whole but for its last block.

/** A recording that is being written. Methods throw what the system says. */
export class RecordingFile {
  readonly #descriptor: number

  private constructor(descriptor: number) {
    this.#descriptor = descriptor
  }

  /** Begins a recording in the place of what was there. */
  static create(path: string, header: RecordingHeader): RecordingFile {
    closeSync(openSync(path, 'w'))
    const file = RecordingFile.join(path)
    const start = Buffer.concat([Buffer.from(firstLine(header.library)), encodeJsonBlock(BlockType.header, header)])
    file.#append(start)
    return file
  }

  /** For what is added to a recording by another thread, or later. */
  static join(path: string): RecordingFile {
    return new RecordingFile(openSync(path, 'a'))
  }

  events(thread: number, rows: Uint8Array): void {
    this.#append(encodeBlock(BlockType.events, thread, rows))
  }

  json(type: number, content: object): void {
    this.#append(encodeJsonBlock(type, content))
  }

  close(): void {
    closeSync(this.#descriptor)
  }

  // A write that ends early is what a full disk looks like. The next one says so.
  #append(bytes: Buffer): void {
    for (let written = 0; written < bytes.length; ) written += writeSync(this.#descriptor, bytes, written)
  }
}
