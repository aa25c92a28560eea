import { generationOf, type HandleId, slotOf } from '../binding.js'
import type { HandleTouch, LiveHandle } from '../live-handle.js'
import type { StackCapture } from './stack-capture.js'

// Who opened which handle. Indexed like the native table, by the slot in the lower half of the id; never the
// object that owns the handle, which could not be found dead then.

const MAX_TOUCHES = 4

interface Touch {
  readonly at: number
  readonly hint: string | undefined
  readonly capture: StackCapture
}

/** The birth of one handle. */
export class CreationRecord {
  readonly generation: number
  readonly createdAt: number
  readonly capture: StackCapture
  touches: number
  /** Newest first. */
  readonly #lastTouches: Touch[]

  constructor(generation: number, capture: StackCapture) {
    this.generation = generation
    this.createdAt = Date.now()
    this.capture = capture
    this.touches = 0
    this.#lastTouches = []
  }

  touch(hint: string | undefined, capture: StackCapture): void {
    this.touches++
    this.#lastTouches.unshift({ at: Date.now(), hint, capture })
    this.#lastTouches.length = Math.min(this.#lastTouches.length, MAX_TOUCHES)
  }

  lastTouches(): HandleTouch[] {
    return this.#lastTouches.map(({ at, hint, capture }) => ({
      at,
      ...(hint === undefined ? {} : { hint }),
      stack: capture.frames,
    }))
  }
}

const records: (CreationRecord | undefined)[] = []
let count = 0

/** Whether there is any. */
export function hasRecords(): boolean {
  return count > 0
}

export function addRecord(slot: number, record: CreationRecord): void {
  if (records[slot] === undefined) count++
  records[slot] = record
}

export function recordOf(slot: number, generation: number): CreationRecord | undefined {
  const record = records[slot]
  return record?.generation === generation ? record : undefined
}

export function removeRecord(slot: number, generation: number): CreationRecord | undefined {
  const record = recordOf(slot, generation)
  if (record === undefined) return undefined
  records[slot] = undefined
  count--
  return record
}

export function dropRecords(): void {
  records.length = count = 0
}

/** All that is known of a handle. */
export function liveHandle(
  id: number,
  kind: string,
  bytes: number,
  record = recordOf(slotOf(id as HandleId), generationOf(id as HandleId)),
): LiveHandle {
  if (record === undefined) return { id, kind, bytes, touches: 0 }
  const { createdAt, capture, touches } = record
  const lastTouches = touches === 0 ? {} : { lastTouches: record.lastTouches() }
  return { id, kind, bytes, createdAt, stack: capture.frames, touches, ...lastTouches }
}
