import { performance } from 'node:perf_hooks'
import { clearInterval, setInterval } from 'node:timers'
import {
  type CollectMessage,
  closeChannel,
  collectChannel,
  type HandleCloseMessage,
  type HandleOpenMessage,
  openChannel,
} from '../tracking/channels.js'
import { EventEncoder } from './event-encoder.js'
import { FlushPolicy, MAX_WAIT_MS } from './flush-policy.js'
import { BlockType } from './format.js'
import type { RecordingEnd } from './recording.js'
import type { RecordingFile } from './recording-file.js'

const MEMORY_INTERVAL_MS = 100

// Taken now: programs under test replace them.
const now = performance.now.bind(performance)
const residentBytes = process.memoryUsage.rss.bind(process.memoryUsage)

export interface RecorderOptions {
  /** Of the calling thread; 0 is the main one. */
  thread: number
  /** Milliseconds since the epoch, the same in all threads. */
  startedAt: number
  /** Whether to record the memory of the process as well: one thread is enough. */
  samplesMemory: boolean
}

/**
 * Writes what the channels of the calling thread tell into a recording. It is a guest in the program: it
 * keeps nothing alive, and when it cannot write it says so in one process warning, code
 * `HOLDFAST_RECORDING`, and stops.
 */
export class Recorder {
  readonly #file: RecordingFile
  readonly #options: RecorderOptions
  readonly #events = new EventEncoder()
  readonly #policy: FlushPolicy
  readonly #timers: NodeJS.Timeout[] = []
  readonly #originAt: number
  #memoryAt = Number.NEGATIVE_INFINITY
  #isRunning = false
  #isEnding = false

  constructor(file: RecordingFile, options: RecorderOptions) {
    this.#file = file
    this.#options = options
    this.#originAt = performance.timeOrigin - options.startedAt
    this.#policy = new FlushPolicy(this.#time())
  }

  start(): void {
    this.#isRunning = true
    openChannel.subscribe(this.#onOpen)
    closeChannel.subscribe(this.#onClose)
    collectChannel.subscribe(this.#onCollect)
    this.#repeat(MAX_WAIT_MS, () => this.#flush())
    if (this.#options.samplesMemory) this.#repeat(MEMORY_INTERVAL_MS, () => this.#sampleMemory(this.#time()))
    this.#guard(() => {
      this.#sampleMemory(this.#time())
      this.#flush()
    })
  }

  /**
   * To be called when the thread begins to end. What nobody has disposed of is released from here on: it
   * counts as left, and not as finalized.
   */
  beginEnd(): void {
    this.#guard(() => this.#flush())
    this.#isEnding = true
  }

  /** The thread ends, or another one has. What it left open is released. */
  threadEnded(thread: number): void {
    this.#guard(() => {
      this.#events.threadEnd(this.#time(), thread)
      this.#flush()
    })
  }

  /** The program ends. Not the last word: listeners of the program may still follow. */
  programEnded(exitCode: number): void {
    this.#guard(() => {
      this.#sampleMemory(this.#time())
      this.#flush()
      this.#file.json(BlockType.end, { at: this.#time(), exitCode } satisfies RecordingEnd)
    })
  }

  /** Writes what has not been written, and records nothing more. */
  stop(): void {
    this.#guard(() => this.#flush())
    this.#halt()
  }

  readonly #onOpen = (message: unknown) => {
    this.#guard(() => {
      // First of all: finding out the stack may run code of the program, which opens handles.
      const { stack } = message as HandleOpenMessage
      const { id, kind, bytes } = message as HandleOpenMessage
      const at = this.#time()
      this.#events.open(at, id, kind, bytes, stack)
      this.#flushIfDue(at)
    })
  }

  readonly #onClose = (message: unknown) => {
    this.#guard(() => {
      const { id, bytes, reason } = message as HandleCloseMessage
      if (this.#isEnding && reason === 'finalized') return
      const at = this.#time()
      this.#events.close(at, id, bytes, reason)
      this.#flushIfDue(at)
    })
  }

  readonly #onCollect = (message: unknown) => {
    this.#guard(() => {
      const { kind, milliseconds } = message as CollectMessage
      const at = this.#time()
      this.#events.collection(at, kind, milliseconds)
      this.#flushIfDue(at)
    })
  }

  /** Milliseconds since the start. */
  #time(): number {
    return this.#originAt + now()
  }

  #repeat(milliseconds: number, action: () => void): void {
    this.#timers.push(setInterval(() => this.#guard(action), milliseconds).unref())
  }

  #sampleMemory(at: number): void {
    this.#memoryAt = at
    this.#events.memory(at, residentBytes())
  }

  #flushIfDue(at: number): void {
    if (!this.#policy.isDue(at, this.#events.length)) return
    // In a loop that never yields the timer never comes.
    if (this.#options.samplesMemory && at - this.#memoryAt >= MEMORY_INTERVAL_MS) this.#sampleMemory(at)
    this.#flush()
  }

  #flush(): void {
    const bytes = this.#events.length
    if (bytes === 0) return
    const at = this.#time()
    this.#file.events(this.#options.thread, this.#events.take())
    this.#policy.noteFlush(at, this.#time(), bytes)
  }

  #guard(action: () => void): void {
    if (!this.#isRunning) return
    try {
      action()
    } catch (error) {
      this.#halt()
      this.#warn(error)
    }
  }

  #halt(): void {
    if (!this.#isRunning) return
    this.#isRunning = false
    openChannel.unsubscribe(this.#onOpen)
    closeChannel.unsubscribe(this.#onClose)
    collectChannel.unsubscribe(this.#onCollect)
    for (const timer of this.#timers) clearInterval(timer)
    try {
      this.#file.close()
    } catch {
      // It was written, or there is a warning already.
    }
  }

  #warn(error: unknown): void {
    const reason = error instanceof Error ? error.message : 'unknown'
    const warning = Object.assign(new Error(`The recording ends here: ${reason}. The program goes on.`), {
      name: 'HoldfastWarning',
      code: 'HOLDFAST_RECORDING',
    })
    // emitWarning waits for the next tick, and while the process ends there is none.
    if (this.#isEnding) process.emit('warning', warning)
    else process.emitWarning(warning)
  }
}
