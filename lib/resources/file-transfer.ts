import type { SafeHandle } from '../safe-handle.js'
import { type Failure, suppress } from '../suppressed-error.js'
import { systemError } from '../system-error.js'
import { checkInteger, checkOptions, invalidType } from '../validate.js'
import { ownerOf } from './external-buffers.js'
import { NativeBuffer } from './native-buffer.js'

// What moves bytes between files and memory is node:fs, on its thread pool. What is ours is that neither the
// file nor the memory is released meanwhile.

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

/** What the arguments of `node:fs` are, checked. */
export interface Transfer {
  readonly bytes: NodeJS.ArrayBufferView
  readonly offset: number
  readonly length: number
  readonly position: number | null
}

/** Systems move no more at once, and Node crashes when it is asked for 2 GiB. */
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
  return { bytes: bytes as NodeJS.ArrayBufferView, offset, length: Math.min(length, MOST_AT_ONCE), position }
}

type Done = (error: Error | null, result: number) => void

/**
 * Starts something in `node:fs`. Until it is done the file stays open, and the memory where it is, also when
 * somebody disposes of them: the release comes right after.
 *
 * @returns rejects with a `SystemError`; with a `HandleReleaseError` when the release that was waited for failed
 */
export function transferAsync(
  file: SafeHandle<number>,
  path: string,
  bytes: ArrayBufferView | undefined,
  start: (done: Done) => void,
): Promise<number> {
  return new Promise((resolve, reject) => {
    const release = reference(file, bytes && ownerOf(bytes.buffer))
    const finish = (failure: Failure | undefined, result: number) => {
      try {
        release()
      } catch (error) {
        return reject(suppress(error, failure))
      }
      if (failure === undefined) resolve(result)
      else reject(failure.error)
    }
    try {
      start((error, result) => finish(error ? { error: fileError(error, path) } : undefined, result))
    } catch (error) {
      finish({ error }, 0)
    }
  })
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

/** In our words what `node:fs` says of a file. */
export function fileError(error: unknown, path: string): unknown {
  const { errno, syscall } = error as NodeJS.ErrnoException
  if (typeof errno !== 'number' || syscall === undefined) return error
  return systemError({ errno: -errno, syscall }, path)
}
