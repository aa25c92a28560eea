import { type NativeBinding, native } from '../binding.js'
import { kindOf } from '../kinds.js'
import { assertUsable } from '../safe-handle.js'
import { DescriptorHandle, descriptor, place } from './descriptor-handle.js'
import { checkFlags, checkMode, type FileFlags } from './file-arguments.js'
import { checkPath, describePath, type FilePath } from './file-path.js'
import {
  checkTransfer,
  countOf,
  type Transfer,
  type TransferMemory,
  type TransferOptions,
  transferAsync,
} from './file-transfer.js'
import { openResource, openResourceAsync, releaseCall, resourceId } from './native-resource.js'

export type { FileFlags } from './file-arguments.js'
export type { FilePath } from './file-path.js'
export type { TransferMemory, TransferOptions } from './file-transfer.js'

/**
 * An open file.
 *
 * ```ts
 * using file = SafeFileHandle.open('records.bin')
 * using record = new NativeBuffer(4096)
 * const bytesRead = await file.read(record, { position: 8 * 4096 })
 * ```
 *
 * Programs that this one starts do not inherit it. Disposed while a read or write is under way, it closes
 * right after that. A file that was dropped is closed, too, also in a loop that never yields.
 */
export class SafeFileHandle extends DescriptorHandle {
  /**
   * Opens a file.
   *
   * @param path a string, a `Buffer`, or a `URL` of the scheme `file:`
   * @param flags as for `fs.open`: a string, or a number made of `fs.constants.O_*`. Default `'r'`
   * @param mode what a file that is created may be used for, before the umask: an integer from 0 to 2³² − 1, or
   *   a string of octal digits. Default `0o666`
   * @throws TypeError, RangeError for bad arguments
   * @throws SystemError when the system refuses; for want of descriptors, after unreachable handles were released
   * @throws OutOfMemoryError when there is no memory to keep track of it
   * @throws ResourceExhaustedError when the class's `collector` refuses
   */
  static open<T extends typeof SafeFileHandle>(
    this: T,
    path: FilePath,
    flags?: FileFlags | number,
    mode?: number | string,
  ): T['prototype'] {
    const opening = [checkPath(path), checkFlags(flags), checkMode(mode)] as const
    const file = new this()
    file[place] = describePath(opening[0])
    openResource(file, (owner) => native.openFile(owner, kindOf(this), ...opening), { path: file[place] })
    file[descriptor] = native.fileDescriptor(resourceId(file))
    return file
  }

  /**
   * The same on the thread pool, for what may take long: a file system over a network, a named pipe.
   *
   * @returns rejects with what `open` throws
   */
  static async openAsync<T extends typeof SafeFileHandle>(
    this: T,
    path: FilePath,
    flags?: FileFlags | number,
    mode?: number | string,
  ): Promise<T['prototype']> {
    const opening = [checkPath(path), checkFlags(flags), checkMode(mode)] as const
    const file = new this()
    file[place] = describePath(opening[0])
    await openResourceAsync(file, (owner) => native.openFileOffLoop(owner, kindOf(this), ...opening), {
      path: file[place],
    })
    file[descriptor] = native.fileDescriptor(resourceId(file))
    return file
  }

  /** The descriptor, for other functions that take one. It stays this object's. @throws ObjectDisposedError */
  get fd(): number {
    assertUsable(this)
    return this[descriptor]
  }

  /**
   * Reads on the thread pool. The memory must not be detached before the promise settles; a `NativeBuffer`, or a
   * view of one, may be disposed: its memory is released afterwards.
   *
   * @param target where the bytes go
   * @param options a `position` in the file, and an `offset` and `length` in the target, in bytes
   * @returns how many bytes were read, at most 2 GiB − 4 KiB at once; 0 at the end of the file, or for a length of 0.
   *   Rejects with TypeError, RangeError, ObjectDisposedError; with SystemError, OutOfMemoryError; with
   *   HandleReleaseError when the file was disposed meanwhile, and closing it failed
   */
  async read(target: TransferMemory, options: TransferOptions = {}): Promise<number> {
    return moveAsync(this, native.readFileOffLoop, checkedWith(this, 'target', target, options))
  }

  /**
   * Reads at once, in the thread of JavaScript.
   *
   * @returns as `read`
   * @throws TypeError, RangeError, ObjectDisposedError, SystemError
   */
  readSync(target: TransferMemory, options: TransferOptions = {}): number {
    return moveNow(this, native.readFile, checkedWith(this, 'target', target, options))
  }

  /**
   * Writes on the thread pool. The memory must not be changed or detached before the promise settles; a
   * `NativeBuffer`, or a view of one, may be disposed: its memory is released afterwards.
   *
   * @param source where the bytes are
   * @param options a `position` in the file, and an `offset` and `length` in the source, in bytes
   * @returns how many bytes were written; fewer than asked for when the disk is full, or for more than 2 GiB − 4 KiB.
   *   Rejects as `read` does
   */
  async write(source: TransferMemory, options: TransferOptions = {}): Promise<number> {
    return moveAsync(this, native.writeFileOffLoop, checkedWith(this, 'source', source, options))
  }

  /**
   * Writes at once, in the thread of JavaScript.
   *
   * @returns as `write`
   * @throws TypeError, RangeError, ObjectDisposedError, SystemError
   */
  writeSync(source: TransferMemory, options: TransferOptions = {}): number {
    return moveNow(this, native.writeFile, checkedWith(this, 'source', source, options))
  }

  /**
   * Makes the system write to the disk what it has kept back, on the thread pool.
   *
   * @returns rejects with ObjectDisposedError, SystemError, OutOfMemoryError; with HandleReleaseError as `read` does
   */
  async sync(): Promise<void> {
    const { fd } = this
    await transferAsync(this, this[place], undefined, () => native.syncFileOffLoop(fd))
  }

  /** @internal */
  override get [releaseCall](): string {
    return 'close'
  }
}

function checkedWith(file: SafeFileHandle, name: string, memory: unknown, options: TransferOptions): Transfer {
  assertUsable(file)
  return checkTransfer(name, memory, options)
}

function moveNow(
  file: SafeFileHandle,
  move: NativeBinding['readFile'],
  { bytes, offset, length, position }: Transfer,
): number {
  if (length === 0) return 0
  return countOf(move(file[descriptor], bytes, offset, length, position), file[place])
}

async function moveAsync(
  file: SafeFileHandle,
  move: NativeBinding['readFileOffLoop'],
  { bytes, offset, length, position }: Transfer,
): Promise<number> {
  if (length === 0) return 0
  return transferAsync(file, file[place], bytes, () => move(file[descriptor], bytes, offset, length, position))
}
