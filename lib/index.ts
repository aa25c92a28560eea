/// <reference lib="esnext.disposable" preserve="true" />
/**
 * Handles, buffers, files, collectors, counts.
 *
 * @module holdfast
 */
export { AsyncDisposableObject } from './async-disposable-object.js'
export { AsyncDisposableStack } from './async-disposable-stack.js'
export { HandleCollector, type HandleCollectorOptions } from './collectors/handle-collector.js'
export { DisposableObject } from './disposable-object.js'
export { DisposableStack } from './disposable-stack.js'
export {
  HandleLeakError,
  HandleReleaseError,
  InvalidOperationError,
  ObjectDisposedError,
  OutOfMemoryError,
  ResourceExhaustedError,
  SystemError,
} from './errors.js'
export { FinalizableObject } from './finalizable-object.js'
export { GC } from './gc.js'
export { GCHandle, type GCHandleType } from './gc-handle.js'
export type { HandleLease } from './handle-lease.js'
export type { LiveHandle, StackFrame } from './live-handle.js'
export { setNativeMemoryLimit } from './native-limit.js'
export type { BufferChunks } from './resources/buffer-chunks.js'
export {
  type AsyncDirectoryEntries,
  type DirectoryEntries,
  type DirectoryEntry,
  SafeDirectoryHandle,
} from './resources/directory-handle.js'
export {
  type FileFlags,
  type FilePath,
  SafeFileHandle,
  type TransferMemory,
  type TransferOptions,
} from './resources/file-handle.js'
export type { HandleTransfer } from './resources/handle-transfer.js'
export { MappedFile, type MappedFileOptions, type MemoryAdvice } from './resources/mapped-file.js'
export { NativeArena, type NativeArenaOptions } from './resources/native-arena.js'
export { NativeBuffer, type NativeBufferOptions, type ViewConstructor } from './resources/native-buffer.js'
export { SecretBuffer, type SecretBufferOptions, type SecretSource } from './resources/secret-buffer.js'
export { SharedMemory, type SharedMemoryOptions } from './resources/shared-memory.js'
export { SafeHandle } from './safe-handle.js'
export type { SafeHandleClass } from './safe-handle-class.js'
export { SafeHandleMinusOneIsInvalid, SafeHandleZeroOrMinusOneIsInvalid } from './safe-handle-variants.js'
export { type HandleCounts, type HandleStatistics, handleStatistics, liveHandles, resetPeaks } from './statistics.js'
export {
  type EmitterLike,
  type EventTargetListener,
  type SubscribeOptions,
  Subscription,
  subscribe,
} from './subscription.js'
export { SuppressedError } from './suppressed-error.js'
export { use, useAsync } from './use.js'
