import type { StackFrame } from '../live-handle.js'
import type { HandleCloseReason } from '../tracking/channels.js'
import type { BlockIndex, BlockPlace } from './block-index.js'
import { ByteReader, OutOfBytes } from './bytes.js'
import { damaged } from './recording-error.js'
import { ID_HALF, REASONS, ROW_BITS, Row, TICKS_PER_MILLISECOND } from './rows.js'

/** What is told of the rows of a thread, in their order. Times are milliseconds since the start. */
export interface EventSink {
  /** A site of the thread, by number, before anything is opened there. */
  site(thread: number, site: number, kind: string, stack: readonly StackFrame[]): void
  open(at: number, thread: number, id: number, site: number, bytes: number): void
  close(at: number, thread: number, id: number, bytes: number, reason: HandleCloseReason): void
  collection(at: number, thread: number, kind: 'major' | 'minor', milliseconds: number): void
  memory(at: number, residentBytes: number): void
  threadEnd(at: number, thread: number): void
}

const NO_ROWS = new ByteReader(Buffer.alloc(0))

/** Reads the rows of one thread, block by block. */
export class EventDecoder {
  readonly thread: number
  readonly #index: BlockIndex
  readonly #places: readonly BlockPlace[]
  readonly #sink: EventSink
  readonly #beforeEndOf: (thread: number) => void
  readonly #strings: string[] = []
  readonly #frames: StackFrame[] = []
  #siteCount = 0
  #placeNumber = 0
  #rows = NO_ROWS
  /** The row that comes next, without its time. */
  #row = 0
  #rest = 0
  #ticks = 0
  #idLow = 0
  #idHigh = 0
  /** When the next event happened; Infinity when there is none. */
  at = 0
  isDelivering = false

  /** @param beforeEndOf is called before the sink is told that a thread has ended */
  constructor(
    thread: number,
    index: BlockIndex,
    places: readonly BlockPlace[],
    sink: EventSink,
    beforeEndOf: (thread: number) => void,
  ) {
    this.thread = thread
    this.#index = index
    this.#places = places
    this.#sink = sink
    this.#beforeEndOf = beforeEndOf
    this.#checked(() => this.#advance())
  }

  get isDone(): boolean {
    return this.at === Number.POSITIVE_INFINITY
  }

  /** Tells of the events up to a time. */
  deliverUntil(at: number): void {
    this.isDelivering = true
    this.#checked(() => {
      while (this.at <= at && !this.isDone) {
        this.#deliver()
        this.#advance()
      }
    })
    this.isDelivering = false
  }

  #checked(read: () => void): void {
    try {
      read()
    } catch (error) {
      throw error instanceof OutOfBytes ? this.#damaged() : error
    }
  }

  #damaged(): Error {
    // Nothing is read before the first block.
    const { offset } = this.#places[this.#placeNumber - 1] as BlockPlace
    return damaged(offset)
  }

  /** Goes to the next event, and takes note of the definitions on the way. */
  #advance(): void {
    for (;;) {
      if (this.#rows.atEnd && !this.#nextBlock()) break
      const head = this.#rows.number()
      this.#row = head % 2 ** ROW_BITS
      this.#rest = Math.floor(head / 2 ** ROW_BITS)
      if (this.#row > Row.site) {
        this.#ticks += this.#rows.number()
        this.at = this.#ticks / TICKS_PER_MILLISECOND
        return
      }
      this.#define()
    }
    this.at = Number.POSITIVE_INFINITY
  }

  #nextBlock(): boolean {
    do {
      const place = this.#places[this.#placeNumber]
      if (place === undefined) return false
      this.#placeNumber++
      this.#rows = new ByteReader(this.#index.read(place))
      this.#ticks = this.#rows.number()
      this.#idLow = 0
      this.#idHigh = 0
    } while (this.#rows.atEnd)
    return true
  }

  #define(): void {
    const rows = this.#rows
    if (this.#row === Row.string) this.#strings.push(rows.text(this.#rest))
    else if (this.#row === Row.frame) {
      const functionName = this.#string(this.#rest)
      const file = this.#string(rows.number())
      this.#frames.push({ functionName, file, line: rows.number(), column: rows.number() })
    } else {
      const kind = this.#string(this.#rest)
      const count = rows.number()
      const stack: StackFrame[] = []
      while (stack.length < count) stack.push(this.#known(this.#frames[rows.number()]))
      this.#sink.site(this.thread, this.#siteCount++, kind, stack)
    }
  }

  #deliver(): void {
    const { at, thread } = this
    const rest = this.#rest
    if (this.#row === Row.open) {
      if (rest >= this.#siteCount) throw this.#damaged()
      this.#sink.open(at, thread, this.#id(), rest, this.#rows.number())
    } else if (this.#row === Row.close) {
      const reason = this.#known(REASONS[rest])
      this.#sink.close(at, thread, this.#id(), this.#rows.number(), reason)
    } else if (this.#row === Row.collection) {
      const milliseconds = this.#rows.number() / TICKS_PER_MILLISECOND
      this.#sink.collection(at, thread, rest === 1 ? 'major' : 'minor', milliseconds)
    } else if (this.#row === Row.memory) this.#sink.memory(at, rest * 1024)
    else {
      this.#beforeEndOf(rest)
      this.#sink.threadEnd(at, rest)
    }
  }

  #id(): number {
    this.#idLow += this.#rows.difference()
    this.#idHigh += this.#rows.difference()
    return this.#idHigh * ID_HALF + this.#idLow
  }

  #string(number: number): string {
    return this.#known(this.#strings[number])
  }

  #known<T>(value: T | undefined): T {
    if (value === undefined) throw this.#damaged()
    return value
  }
}
