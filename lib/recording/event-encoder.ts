import type { StackFrame } from '../live-handle.js'
import type { HandleCloseReason } from '../tracking/channels.js'
import { ByteWriter } from './bytes.js'
import { ID_HALF, REASONS, ROW_BITS, Row, TICKS_PER_MILLISECOND } from './rows.js'
import { SiteTable } from './site-table.js'

/** What happens in one thread, as rows. All times are milliseconds since the start of the recording. */
export class EventEncoder {
  readonly #rows = new ByteWriter()
  readonly #sites: SiteTable
  #ticks = 0
  #idLow = 0
  #idHigh = 0

  constructor() {
    this.#sites = new SiteTable({
      string: (text) => {
        const bytes = Buffer.from(text)
        this.#head(Row.string, bytes.length)
        this.#rows.text(bytes)
      },
      frame: (functionName, file, line, column) => {
        this.#head(Row.frame, functionName)
        this.#rows.number(file)
        this.#rows.number(line)
        this.#rows.number(column)
      },
      site: (kind, frames) => {
        this.#head(Row.site, kind)
        this.#rows.number(frames.length)
        for (const frame of frames) this.#rows.number(frame)
      },
    })
  }

  /** Bytes that wait to be taken. */
  get length(): number {
    return this.#rows.length
  }

  open(at: number, id: number, kind: string, bytes: number, stack: readonly StackFrame[] | undefined): void {
    this.#begin(at)
    const site = this.#sites.numberOf(kind, stack)
    this.#head(Row.open, site)
    this.#time(at)
    this.#id(id)
    this.#rows.number(bytes)
  }

  close(at: number, id: number, bytes: number, reason: HandleCloseReason): void {
    const reasonNumber = REASONS.indexOf(reason)
    if (reasonNumber < 0) throw new Error(`a handle was closed for an unknown reason, ${reason}`)
    this.#begin(at)
    this.#head(Row.close, reasonNumber)
    this.#time(at)
    this.#id(id)
    this.#rows.number(bytes)
  }

  collection(at: number, kind: 'major' | 'minor', milliseconds: number): void {
    this.#begin(at)
    this.#head(Row.collection, kind === 'major' ? 1 : 0)
    this.#time(at)
    this.#rows.number(ticksOf(milliseconds))
  }

  memory(at: number, residentBytes: number): void {
    this.#begin(at)
    this.#head(Row.memory, Math.round(residentBytes / 1024))
    this.#time(at)
  }

  threadEnd(at: number, thread: number): void {
    this.#begin(at)
    this.#head(Row.threadEnd, thread)
    this.#time(at)
  }

  /** Everything since the last call, valid until the next row. */
  take(): Uint8Array {
    const rows = this.#rows.view()
    this.#rows.clear()
    return rows
  }

  // Every block can be understood without the differences in those before it.
  #begin(at: number): void {
    if (this.#rows.length > 0) return
    this.#ticks = ticksOf(at)
    this.#idLow = 0
    this.#idHigh = 0
    this.#rows.number(this.#ticks)
  }

  #head(row: number, rest: number): void {
    this.#rows.number(rest * 2 ** ROW_BITS + row)
  }

  #time(at: number): void {
    const ticks = Math.max(ticksOf(at), this.#ticks)
    this.#rows.number(ticks - this.#ticks)
    this.#ticks = ticks
  }

  #id(id: number): void {
    const low = id % ID_HALF
    const high = Math.floor(id / ID_HALF)
    this.#rows.difference(low - this.#idLow)
    this.#rows.difference(high - this.#idHigh)
    this.#idLow = low
    this.#idHigh = high
  }
}

function ticksOf(milliseconds: number): number {
  return Math.max(0, Math.round(milliseconds * TICKS_PER_MILLISECOND))
}
