import { Attention, generationOf, type HandleId, native, Signal, slotOf } from '../binding.js'
import type { HandleToken } from '../handle-token.js'
import type { StackFrame } from '../live-handle.js'
import { closeChannel, type HandleCloseReason, type HandleOpenMessage, leakChannel, openChannel } from './channels.js'
import { addRecord, CreationRecord, hasRecords, liveHandle, recordOf, removeRecord } from './creation-records.js'
import { describeHandle, type HandleRow, takeFinalizations } from './handle-rows.js'
import { isStrict, noteLeak, noteLeaks, noteUnknownLeaks } from './leak-reports.js'
import { isNextRecorded, isOn } from './level.js'
import { captureForRecord, type Entry, StackCapture } from './stack-capture.js'

// What the rest of the library tells of its handles. Most handles come this way twice, and nothing has to be done
// for most of them: a comparison or two.

const signals = native.signals()

/**
 * To be called when a handle was opened.
 *
 * @param entry the function of the library that the program has called, if there is but one
 */
export function noteOpened(token: HandleToken, entry?: Entry): void {
  if (!isOn) return
  if (isNextRecorded()) record(token, entry)
  if (openChannel.hasSubscribers) publishOpen(token)
}

function record(token: HandleToken, entry: Entry | undefined): void {
  // Who had the slot before may have been finalized just now, and not have been reported yet.
  reportFinalized()
  addRecord(token.slot, new CreationRecord(token.generation, captureForRecord(entry)))
}

class OpenMessage implements HandleOpenMessage {
  readonly id: number
  readonly kind: string
  readonly bytes: number
  readonly createdAt: number
  readonly #record: CreationRecord | undefined

  constructor({ id, kind, bytes }: HandleRow, record: CreationRecord | undefined) {
    this.id = id
    this.kind = kind
    this.bytes = bytes
    this.createdAt = record?.createdAt ?? Date.now()
    this.#record = record
  }

  get stack(): readonly StackFrame[] | undefined {
    return this.#record?.capture.frames
  }
}

function publishOpen({ slot, generation }: HandleToken): void {
  // It was opened just now, and no code of the program has run since that could reach it.
  const row = describeHandle(slot, generation) as HandleRow
  openChannel.publish(new OpenMessage(row, recordOf(slot, generation)))
}

/** To be called when the program closes a handle, just before it is closed. */
export function noteClosing(token: HandleToken): void {
  if (isOn && (hasRecords() || closeChannel.hasSubscribers)) noteDisposed(token)
}

function noteDisposed({ slot, generation }: HandleToken): void {
  removeRecord(slot, generation)?.capture.drop()
  const row = closeChannel.hasSubscribers ? describeHandle(slot, generation) : undefined
  if (row !== undefined) closeChannel.publish({ ...row, reason: 'disposed' })
}

/** To be called when a handle was closed in another way. */
export function noteClosed({ id, kind, bytes }: HandleRow, reason: HandleCloseReason): CreationRecord | undefined {
  if (!isOn) return undefined
  if (closeChannel.hasSubscribers) closeChannel.publish({ id, kind, bytes, reason })
  return removeRecord(slotOf(id as HandleId), generationOf(id as HandleId))
}

/** To be called when a handle was closed whose object was found collected. */
export function noteFinalized(row: HandleRow): void {
  if (!isOn) return
  const record = noteClosed(row, 'finalized')
  const handle = liveHandle(row.id, row.kind, row.bytes, record)
  if (leakChannel.hasSubscribers) leakChannel.publish(handle)
  noteLeak(handle)
}

/** Tells of those that native code has closed by itself. To be called after sweeps. */
export function reportFinalized(): void {
  const raised = signals[Signal.attention] as number
  if ((raised & Attention.logWaits) === 0) return
  signals[Signal.attention] = raised & ~Attention.logWaits
  // Of most there is nothing to tell but that they were one more of their kind.
  const { others, missing } = takeFinalizations(isWorthTelling, noteFinalized)
  for (const { kind, count, bytes } of others) noteLeaks(kind, count, bytes)
  if (missing > 0) noteUnknownLeaks(missing)
}

function isWorthTelling(id: HandleId): boolean {
  if (isStrict || closeChannel.hasSubscribers || leakChannel.hasSubscribers) return true
  return hasRecords() && recordOf(slotOf(id), generationOf(id)) !== undefined
}

/** The program says that it has used a handle. */
export function noteTouch({ slot, generation }: HandleToken, hint: string | undefined, entry: Entry): void {
  if (hasRecords()) recordOf(slot, generation)?.touch(hint, new StackCapture(entry))
}
