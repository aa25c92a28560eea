import { Buffer, constants } from 'node:buffer'
import { type HandleId, type KindNumber, native } from '../binding.js'
import { InvalidOperationError, OutOfMemoryError } from '../errors.js'
import { kindOf } from '../kinds.js'
import { attend, isEventLoopBehind, watchCollections, withReclamation } from '../reclamation.js'
import { abandonResource, assertUsable, describe, referencesOut, releaseResource, SafeHandle } from '../safe-handle.js'
import { checkInteger } from '../validate.js'
import { BufferChunks } from './buffer-chunks.js'
import { bytesOf } from './buffer-source.js'
import { externalBuffersRefused, keepAliveWith, mayBeDetached } from './external-buffers.js'
import {
  alignmentOf,
  ENGINE_ALIGNMENT,
  type MemoryTraits,
  mayLieAnywhere,
  type NativeBufferOptions,
  packTraits,
} from './memory-traits.js'
import { makeView, type ViewConstructor } from './typed-view.js'

export type { NativeBufferOptions } from './memory-traits.js'
export type { ViewConstructor } from './typed-view.js'

/** A larger buffer than this cannot have a view: on Node 20 an ArrayBuffer above it crashes. */
const MAX_BYTE_LENGTH = constants.MAX_LENGTH

// Up to this size an ArrayBuffer of the engine is cheaper to make and to detach than one over memory of
// our own, the zeroing by the engine included: docs/decisions.md has the figures.
const ENGINE_VIEW_MAX = 64 * 1024

interface View {
  readonly arrayBuffer: ArrayBuffer
  readonly byteOffset: number
  readonly bytes: Buffer
}

let bufferKind: KindNumber | undefined

function kindOfBuffer(type: typeof NativeBuffer): KindNumber {
  if (type !== NativeBuffer) return kindOf(type)
  if (bufferKind === undefined) {
    bufferKind = kindOf(type)
    watchCollections()
  }
  return bufferKind
}

/**
 * Native memory of a fixed size, with a `Buffer` over it.
 *
 * ```ts
 * using buffer = new NativeBuffer(2 ** 20)
 * readSync(fd, buffer.bytes)
 * ```
 *
 * Disposing frees the memory at once, and every view of it has length 0 from then on. A view keeps its
 * buffer alive: `const { bytes } = new NativeBuffer(8)` is safe.
 *
 * A buffer whose memory was moved into another ArrayBuffer, by `transfer()` or by a byte stream, disposes
 * silently: the memory goes with the last ArrayBuffer that has it. The same when somebody marked the
 * ArrayBuffer as untransferable.
 */
export class NativeBuffer extends SafeHandle<bigint> {
  #id: HandleId
  #byteLength: number
  readonly #traits: MemoryTraits
  /** 0 until somebody asks: the native half zeroes the memory then. */
  #address = 0
  #view: View | undefined

  /** Native code releases the memory itself; nothing is left to do here. */
  static releaseHandle(_address: bigint): void {}

  /**
   * @param byteLength how many bytes, an integer from 0 to `buffer.constants.MAX_LENGTH`
   * @param options zeroed and aligned to 64 bytes by default
   * @throws TypeError, RangeError for bad arguments
   * @throws OutOfMemoryError when the memory cannot be had, also after unreachable handles were released
   */
  constructor(byteLength: number, options?: NativeBufferOptions) {
    super(0n)
    checkInteger('byteLength', byteLength, 0, MAX_BYTE_LENGTH)
    this.#traits = packTraits(kindOfBuffer(new.target), options)
    this.#byteLength = byteLength
    const id = native.openMemory(this, byteLength, this.#traits)
    this.#id = id === 0 ? this.#reclaimAndOpen() : id
    attend()
  }

  #reclaimAndOpen(): HandleId {
    const id = withReclamation(() => native.openMemory(this, this.#byteLength, this.#traits) || undefined)
    if (id === undefined) throw new OutOfMemoryError(this.#byteLength)
    return id
  }

  /**
   * A new buffer with a copy of some bytes.
   *
   * @param source bytes: of a view its raw bytes, of an iterable its numbers, each an integer from 0 to
   *   255; or a string
   * @param encoding of a string, as for `Buffer.from`. Default `'utf8'`
   * @throws TypeError, RangeError for anything else
   * @throws OutOfMemoryError
   */
  static from(
    source: ArrayBufferView | ArrayBufferLike | string | Iterable<number>,
    encoding?: BufferEncoding,
  ): NativeBuffer {
    const bytes = bytesOf(source, encoding)
    const buffer = new NativeBuffer(bytes.byteLength, { zeroed: false })
    try {
      buffer.bytes.set(bytes)
    } catch (error) {
      buffer.dispose()
      throw error
    }
    return buffer
  }

  /** How many bytes. @throws ObjectDisposedError */
  get byteLength(): number {
    this[assertUsable]()
    return this.#byteLength
  }

  /** What the address is a multiple of, as asked for: see `NativeBufferOptions.alignment`. @throws ObjectDisposedError */
  get alignment(): number {
    this[assertUsable]()
    return alignmentOf(this.#traits)
  }

  /**
   * Where the first byte is. Valid until the buffer is disposed or resized; for native code that works
   * with it longer than the present call, take a `lease()`.
   *
   * @throws ObjectDisposedError
   * @throws InvalidOperationError when the memory was moved into another ArrayBuffer
   */
  get address(): bigint {
    this[assertUsable]()
    this.#assertNotMoved()
    if (this.#address === 0) {
      if (externalBuffersRefused()) this.#currentView()
      this.#address = native.memoryAddress(this.#id)
    }
    return BigInt(this.#address)
  }

  /** All bytes, always the same object. @throws ObjectDisposedError, OutOfMemoryError */
  get bytes(): Buffer {
    this[assertUsable]()
    return this.#currentView().bytes
  }

  /** The ArrayBuffer under all views, always the same object. @throws ObjectDisposedError, OutOfMemoryError */
  get arrayBuffer(): ArrayBuffer {
    this[assertUsable]()
    return this.#currentView().arrayBuffer
  }

  /**
   * A view of some of the bytes.
   *
   * @param type a typed array class, `Buffer` or `DataView`
   * @param byteOffset where it begins, a multiple of the element size. Default 0
   * @param length in elements, for `DataView` in bytes. Default: to the end
   * @throws TypeError, RangeError, ObjectDisposedError, OutOfMemoryError
   */
  view<V extends ArrayBufferView>(type: ViewConstructor<V>, byteOffset = 0, length?: number): V {
    this[assertUsable]()
    const view = this.#currentView()
    return makeView(type, view.arrayBuffer, view.byteOffset, this.#byteLength, byteOffset, length)
  }

  /**
   * The bytes in pieces, from the first to the last; the last piece may be shorter. The buffer is leased
   * until the iterator ends, by running out, `break`, `return`, a throw in the loop, or its own disposal.
   *
   * @param size of a piece in bytes, an integer ≥ 1
   * @throws TypeError, RangeError, ObjectDisposedError, OutOfMemoryError, at the call
   */
  chunks(size: number): BufferChunks {
    checkInteger('size', size, 1, Number.MAX_SAFE_INTEGER)
    const { bytes } = this
    this.dangerousAddRef()
    return new BufferChunks(this, bytes, size)
  }

  /**
   * Changes the size. The contents stay as far as they fit; bytes that are new are 0 unless the buffer was
   * made with `zeroed: false`. Earlier views have length 0 from then on, and the address changes.
   *
   * @param byteLength how many bytes, an integer from 0 to `buffer.constants.MAX_LENGTH`
   * @throws TypeError, RangeError, ObjectDisposedError
   * @throws InvalidOperationError while references are out, or when the memory was moved into another ArrayBuffer
   * @throws OutOfMemoryError when the memory cannot be had; the buffer is as it was then
   */
  resize(byteLength: number): void {
    checkInteger('byteLength', byteLength, 0, MAX_BYTE_LENGTH)
    this[assertUsable]()
    this.#assertNotMoved()
    if (this[referencesOut] > 0) {
      throw new InvalidOperationError(
        'Cannot resize a NativeBuffer while references are out, since its memory moves. Dispose of its leases and iterators first.',
      )
    }
    const arrayBuffer = this.#detachable()
    const resized = withReclamation(
      () => native.resizeMemory(this.#id, byteLength, this.#traits, arrayBuffer) || undefined,
    )
    if (resized === undefined) throw new OutOfMemoryError(byteLength)
    this.#view = undefined
    this.#address = 0
    this.#byteLength = byteLength
    attend()
  }

  /** The address without any check; 0 when it was never asked for before the buffer closed. */
  override dangerousGetHandle(): bigint {
    return this.isClosed || this.isDisposed ? BigInt(this.#address) : this.address
  }

  /** Always false: a buffer that could not be allocated was not constructed. */
  override get isInvalid(): boolean {
    return false
  }

  #currentView(): View {
    this.#view ??= this.#openView()
    return this.#view
  }

  #openView(): View {
    const useEngine = this.#address === 0 && (externalBuffersRefused() || this.#prefersEngine())
    const arrayBuffer = useEngine ? this.#moveToEngine() : native.viewMemory(this.#id)
    if (arrayBuffer === undefined) throw new OutOfMemoryError(this.#byteLength)
    keepAliveWith(arrayBuffer, this)
    const byteOffset = useEngine ? this.#engineOffset(arrayBuffer) : 0
    return { arrayBuffer, byteOffset, bytes: Buffer.from(arrayBuffer, byteOffset, this.#byteLength) }
  }

  #prefersEngine(): boolean {
    return mayLieAnywhere(this.#traits) && (this.#byteLength <= ENGINE_VIEW_MAX || isEventLoopBehind())
  }

  /** Nobody has seen the memory yet, so an ArrayBuffer of the engine can take its place. */
  #moveToEngine(): ArrayBuffer | undefined {
    const slack = mayLieAnywhere(this.#traits) ? 0 : alignmentOf(this.#traits) - ENGINE_ALIGNMENT
    const arrayBuffer = withReclamation(() => tryArrayBuffer(this.#byteLength + slack))
    if (arrayBuffer !== undefined) native.moveMemoryToEngine(this.#id, arrayBuffer, 0)
    return arrayBuffer
  }

  #engineOffset(arrayBuffer: ArrayBuffer): number {
    if (mayLieAnywhere(this.#traits)) return 0
    const alignment = alignmentOf(this.#traits)
    const past = native.memoryAddress(this.#id) % alignment
    const byteOffset = past === 0 ? 0 : alignment - past
    native.moveMemoryToEngine(this.#id, arrayBuffer, byteOffset)
    return byteOffset
  }

  #assertNotMoved(): void {
    if (this.#byteLength > 0 && this.#view !== undefined && this.#view.bytes.length === 0) {
      throw new InvalidOperationError(
        'The memory of this NativeBuffer was moved into another ArrayBuffer. Use that one, or copy the bytes before they are moved.',
      )
    }
  }

  #detachable(): ArrayBuffer | undefined {
    const view = this.#view
    return view !== undefined && mayBeDetached(view.arrayBuffer) ? view.arrayBuffer : undefined
  }

  /** @internal */
  override [releaseResource](): void {
    const arrayBuffer = this.#detachable()
    if (arrayBuffer === undefined) native.closeHandle(this.#id)
    else native.closeMemory(this.#id, arrayBuffer)
    this.#view = undefined
  }

  /** @internal */
  override [abandonResource](): void {
    // Memory of the engine cannot be given away: its ArrayBuffer is kept for good instead.
    if (this.#view !== undefined) abandoned.push(this.#view)
    native.disownMemory(this.#id)
    this.#view = undefined
  }

  /** @internal */
  override [describe](): Record<string, unknown> {
    return { size: this.#byteLength }
  }
}

const abandoned: View[] = []

function tryArrayBuffer(byteLength: number): ArrayBuffer | undefined {
  try {
    return new ArrayBuffer(byteLength)
  } catch {
    return undefined
  }
}
