import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { StackFrame } from '../../lib/index.js'
import { EventEncoder } from '../../lib/recording/event-encoder.js'
import { BlockType, FORMAT_VERSION } from '../../lib/recording/format.js'
import type { RecordingEnd, RecordingHeader } from '../../lib/recording/recording.js'
import { RecordingFile } from '../../lib/recording/recording-file.js'

// Recordings made by hand, with times of one's own.

/** A directory for the files of a test, gone with it. */
export interface ScratchDirectory extends Disposable {
  readonly directory: string
  path(name: string): string
}

export function scratchDirectory(): ScratchDirectory {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), 'holdfast-')))
  return {
    directory,
    path: (name) => join(directory, name),
    [Symbol.dispose]: () => rmSync(directory, { recursive: true, force: true }),
  }
}

export function header(overrides: Partial<RecordingHeader> = {}): RecordingHeader {
  return {
    version: FORMAT_VERSION,
    library: '1.2.3',
    runtime: 'node v20.20.2 linux-x64',
    pid: 4711,
    command: ['server.js', '--port', '80'],
    directory: '/app',
    startedAt: 1_700_000_000_000,
    level: 'full',
    sampleInterval: 128,
    ...overrides,
  }
}

/** A stack of one frame. */
export function at(file: string, line: number, functionName = 'f'): StackFrame[] {
  return [{ functionName, file, line, column: 1 }]
}

/** Writes events of any number of threads. */
export class RecordingWriter {
  readonly #file: RecordingFile
  readonly #threads = new Map<number, EventEncoder>()

  constructor(path: string, overrides: Partial<RecordingHeader> = {}) {
    this.#file = RecordingFile.create(path, header(overrides))
  }

  thread(thread: number): EventEncoder {
    let encoder = this.#threads.get(thread)
    if (encoder === undefined) {
      encoder = new EventEncoder()
      this.#threads.set(thread, encoder)
    }
    return encoder
  }

  /** Ends the block of a thread. */
  flush(thread: number): void {
    const encoder = this.thread(thread)
    if (encoder.length > 0) this.#file.events(thread, encoder.take())
  }

  end(end?: RecordingEnd): void {
    for (const thread of this.#threads.keys()) this.flush(thread)
    if (end !== undefined) this.#file.json(BlockType.end, end)
    this.#file.close()
  }
}
