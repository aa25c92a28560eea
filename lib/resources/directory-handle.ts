import { native } from '../binding.js'
import { InvalidOperationError } from '../errors.js'
import { kindOf } from '../kinds.js'
import { assertUsable } from '../safe-handle.js'
import { DescriptorHandle, descriptor, place } from './descriptor-handle.js'
import { AsyncDirectoryEntries, DirectoryEntries, type EntrySource } from './directory-entries.js'
import { checkPath, describePath, type FilePath } from './file-path.js'
import { openResource, releaseCall, resourceId } from './native-resource.js'

export type { AsyncDirectoryEntries, DirectoryEntries, DirectoryEntry } from './directory-entries.js'

// Symbols, not private names: see safe-handle.ts.
const isRead: unique symbol = Symbol('isRead')

/**
 * An open directory, to be stepped through once.
 *
 * ```ts
 * for (const { name, kind } of SafeDirectoryHandle.open('photos').entries()) {
 *   if (kind === 'file') show(name)
 * }
 * ```
 *
 * The directory is closed when the loop ends, in whatever way. Memory does not grow with the directory.
 */
export class SafeDirectoryHandle extends DescriptorHandle {
  /** Whether somebody steps through it, or has. @internal */
  declare [isRead]: boolean

  /** For classes that extend this one: `open` constructs, and opens then. */
  protected constructor() {
    super()
    this[isRead] = false
  }

  /**
   * Opens a directory.
   *
   * @param path a string, a `Buffer`, or a `URL` of the scheme `file:`
   * @throws TypeError for a bad path
   * @throws SystemError when the system refuses; for want of descriptors, after unreachable handles were released
   * @throws OutOfMemoryError when there is no memory for it
   * @throws ResourceExhaustedError when the class's `collector` refuses
   */
  static open<T extends typeof SafeDirectoryHandle>(this: T, path: FilePath): T['prototype'] {
    const checked = checkPath(path)
    const directory = new this()
    directory[place] = describePath(checked)
    openResource(directory, (owner) => native.openDirectory(owner, kindOf(this), checked), { path: directory[place] })
    directory[descriptor] = native.directoryDescriptor(resourceId(directory))
    return directory
  }

  /**
   * What the directory contains, without `.` and `..`, in no particular order. Some hundred entries are read at
   * once. The directory is closed when the iteration ends, by running out, `break`, `return`, a throw in the loop,
   * its own disposal, or an error.
   *
   * Stepping on throws SystemError when reading fails, ObjectDisposedError when this object was disposed meanwhile.
   *
   * @throws ObjectDisposedError, InvalidOperationError when somebody iterates already, at the call
   */
  entries(): DirectoryEntries {
    return new DirectoryEntries(beginReading(this))
  }

  /**
   * The same with `for await`: entries are read, and the directory is closed, on the thread pool. Disposed while that
   * reads, the directory closes right after.
   *
   * @throws ObjectDisposedError, InvalidOperationError when somebody iterates already, at the call
   */
  [Symbol.asyncIterator](): AsyncDirectoryEntries {
    return new AsyncDirectoryEntries(beginReading(this))
  }

  /** @internal */
  override get [releaseCall](): string {
    return 'closedir'
  }
}

function beginReading(directory: SafeDirectoryHandle): EntrySource {
  assertUsable(directory)
  if (directory[isRead]) {
    throw new InvalidOperationError(
      `The entries of this ${directory.constructor.name} are being iterated already. Open the directory once for each iteration.`,
    )
  }
  directory[isRead] = true
  return {
    path: directory[place],
    assertUsable: () => assertUsable(directory),
    read: () => native.readDirectory(resourceId(directory)),
    readAsync: () => readAsync(directory),
    dispose: () => directory.dispose(),
    disposeAsync: () => directory.disposeAsync(),
  }
}

async function readAsync(directory: SafeDirectoryHandle): ReturnType<EntrySource['readAsync']> {
  directory.dangerousAddRef()
  try {
    return await native.readDirectoryOffLoop(resourceId(directory))
  } finally {
    directory.dangerousRelease()
  }
}
