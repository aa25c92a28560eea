import { types } from 'node:util'
import { invalidType } from '../validate.js'
import { bytesOf } from './buffer-source.js'

/** What a secret can be copied from. Only the first two can be wiped. */
export type SecretSource = ArrayBufferView | ArrayBufferLike | string | Iterable<number>

/** Bytes that native code can read. */
export interface PlainBytes {
  readonly bytes: Uint8Array
  /** Whether they are a copy that nobody else has, and that has to be wiped after use. */
  readonly isCopy: boolean
}

/** @throws TypeError, RangeError, as `NativeBuffer.from` does */
export function plainBytesOf(source: unknown): PlainBytes {
  const bytes = isMemory(source) || isIterable(source) ? bytesOf(source, undefined) : refuse('source', source)
  if (!isMemory(source)) return { bytes, isCopy: true }
  // Node-API knows no views of shared memory.
  return types.isSharedArrayBuffer(bytes.buffer)
    ? { bytes: Uint8Array.from(bytes), isCopy: true }
    : { bytes, isCopy: false }
}

/** Bytes in memory: what can be compared, and wiped. */
export function isMemory(value: unknown): value is ArrayBufferView | ArrayBufferLike {
  return ArrayBuffer.isView(value) || types.isAnyArrayBuffer(value)
}

function isIterable(value: unknown): boolean {
  return typeof value === 'string' || (typeof value === 'object' && value !== null && Symbol.iterator in value)
}

/** Node's own words for a wrong type show the value, which may be a secret: it is shown as an object here. */
export function invalidSecret(name: string, expected: string, value: unknown): TypeError {
  return invalidType(name, expected, value === null || value === undefined ? value : Object(value))
}

function refuse(name: string, value: unknown): never {
  throw invalidSecret(
    name,
    'of type string or an instance of ArrayBuffer, TypedArray, DataView or an iterable of numbers',
    value,
  )
}
