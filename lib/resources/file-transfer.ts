import type { SystemFailure } from '../binding.js'
import { OutOfMemoryError } from '../errors.js'
import type { SafeHandle } from '../safe-handle.js'
import { type Failure, suppress } from '../suppressed-error.js'
import { isFailure, systemError } from '../system-error.js'
import { checkInteger, checkOptions, invalidType } from '../validate.js'
import { ownerOf } from './external-buffers.js'
import { NativeBuffer } from './native-buffer.js'

// Bytes that native code moves between files and memory. Neither the file nor the memory is released meanwhile.

/** Which bytes are moved, and where in the file. */
export interface TransferOptions {
  /** Where in the file, in bytes; the current position, which then moves on, when undefined or null. Default null */
  position?: number | null
  /** Where in the memory, in bytes. Default 0 */
  offset?: number
  /** How many bytes at most. Default: what the memory has from `offset` on */
  length?: number
}

/** Memory of a program that a file is read into, or written from. */
export type TransferMemory = NativeBuffer | ArrayBufferView

/** What native code wants to know, checked. */
export interface Transfer {
  readonly bytes: Uint8Array
  readonly offset: number
  readonly length: number
  readonly position: number
}

/** native/resources/file.h */
const CURRENT_POSITION = -1

/** Systems move no more at once. */
const MOST_AT_ONCE = 2 ** 31 - 4096

/** @throws TypeError, RangeError, ObjectDisposedError */
export function checkTransfer(name: string, memory: unknown, options: TransferOptions): Transfer {
  const bytes = memory instanceof NativeBuffer ? memory.bytes : memory
  if (!ArrayBuffer.isView(bytes)) {
    throw invalidType(name, 'an instance of NativeBuffer, Buffer, TypedArray or DataView', memory)
  }
  checkOptions('options', options)
  const { position = null, offset = 0 } = options
  if (position !== null) checkInteger('options.position', position, 0, Number.MAX_SAFE_INTEGER)
  checkInteger('options.offset', offset, 0, bytes.byteLength)
  const { length = bytes.byteLength - offset } = options
  checkInteger('options.length', length, 0, bytes.byteLength - offset)
  return {
    bytes: bytesOf(bytes),
    offset,
    length: Math.min(length, MOST_AT_ONCE),
    position: position ?? CURRENT_POSITION,
  }
}

function bytesOf(view: ArrayBufferView): Uint8Array {
  return view instanceof Uint8Array ? view : new Uint8Array(view.buffer, view.byteOffset, view.byteLength)
}

/**
 * Does something with a file on the thread pool. Until it is done the file stays open, and the memory where it is,
 * also when somebody disposes of them: the release comes right after.
 *
 * @param start returns undefined when there was no memory for that
 * @returns rejects with a `SystemError` or `OutOfMemoryError`; with a `HandleReleaseError` when the release that was
 *   waited for failed
 */
export async function transferAsync(
  file: SafeHandle<number>,
  path: string,
  bytes: Uint8Array | undefined,
  start: () => Promise<number | SystemFailure> | undefined,
): Promise<number> {
  const release = reference(file, bytes && ownerOf(bytes.buffer))
  let failure: Failure | undefined
  let count = 0
  try {
    count = countOf(await started(start), path)
  } catch (error) {
    failure = { error }
  }
  try {
    release()
  } catch (error) {
    throw suppress(error, failure)
  }
  if (failure !== undefined) throw failure.error
  return count
}

function started<T>(start: () => Promise<T> | undefined): Promise<T> {
  const promise = start()
  if (promise === undefined) throw new OutOfMemoryError(0)
  return promise
}

/** @throws SystemError */
export function countOf(result: number | SystemFailure, path: string): number {
  if (isFailure(result)) throw systemError(result, path)
  return result
}

/** Takes a reference to both. What is returned gives them back. */
function reference(file: SafeHandle<number>, owner: object | undefined): () => void {
  const memory = owner as SafeHandle<unknown> | undefined
  memory?.dangerousAddRef()
  try {
    file.dangerousAddRef()
  } catch (error) {
    memory?.dangerousRelease()
    throw error
  }
  return () => {
    try {
      memory?.dangerousRelease()
    } finally {
      file.dangerousRelease()
    }
  }
}
