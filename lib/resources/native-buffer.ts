import { Buffer, constants } from 'node:buffer'
import { type HandleId, native } from '../binding.js'
import { admit, type HandleCollector } from '../collectors/handle-collector.js'
import { InvalidOperationError, OutOfMemoryError } from '../errors.js'
import { afterClose, connect, type HandleToken, idOf } from '../handle-token.js'
import { kindNameOf, kindOf } from '../kinds.js'
import { outOfMemory } from '../native-limit.js'
import { releasedOffLoop } from '../off-loop-release.js'
import { attend, prefersEngineMemory, watchCollections } from '../reclamation.js'
import { withReclamation } from '../refusal.js'
import {
  abandonResource,
  assertUsable,
  closeTransferred,
  describe,
  joinCollector,
  referencesOut,
  releaseResource,
  releaseResourceAsync,
  SafeHandle,
  token,
} from '../safe-handle.js'
import type { SafeHandleClass } from '../safe-handle-class.js'
import { noteClosed, noteOpened } from '../tracking/handle-events.js'
import { checkInteger } from '../validate.js'
import { BufferChunks } from './buffer-chunks.js'
import { bytesOf } from './buffer-source.js'
import { engineBuffer, externalBuffersRefused, keepAliveWith } from './external-buffers.js'
import { type HandleTransfer, newTransfer, Receiving, receiveMemory } from './handle-transfer.js'
import { closeMemory, closeMemoryOffLoop, openMemory, resizeMemory, transferMemory } from './memory-token.js'
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

// Symbols, not private names: see safe-handle.ts.
const size: unique symbol = Symbol('size')
const traits: unique symbol = Symbol('traits')
const knownAddress: unique symbol = Symbol('knownAddress')
const currentView: unique symbol = Symbol('currentView')

let watching = false

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
  /** @internal */
  declare [size]: number
  /** @internal */
  declare [traits]: MemoryTraits
  /** 0 until somebody asks: the native half zeroes the memory then. @internal */
  declare [knownAddress]: number
  /** undefined until somebody asks, and once the memory is closed. @internal */
  declare [currentView]: View | undefined

  /** Native code releases the memory itself; nothing is left to do here. */
  static releaseHandle(_address: bigint): void {}

  /**
   * @param byteLength how many bytes, an integer from 0 to `buffer.constants.MAX_LENGTH`
   * @param options zeroed and aligned to 64 bytes by default
   * @throws TypeError, RangeError for bad arguments
   * @throws OutOfMemoryError when the memory cannot be had, also after unreachable handles were released
   * @throws ResourceExhaustedError when a class that extends this one has a `collector` that refuses
   */
  constructor(byteLength: number, options?: NativeBufferOptions) {
    super(0n)
    this[knownAddress] = 0
    this[currentView] = undefined
    if (typeof byteLength === 'object' && (byteLength as object) instanceof Receiving) {
      const received = receiveMemory(byteLength, kindOf(new.target))
      this[size] = received.byteLength
      this[traits] = received.traits
      this[token] = received.token
    } else {
      checkInteger('byteLength', byteLength, 0, MAX_BYTE_LENGTH)
      const packed = packTraits(kindOf(new.target), options)
      this[size] = byteLength
      this[traits] = packed
      this[token] = openMemory(byteLength, packed) ?? openAfterReclamation(byteLength, packed)
    }
    noteOpened(this[token], NativeBuffer)
    const { collector } = new.target as SafeHandleClass
    if (collector !== undefined) connect(this[token], collector)
    if (!watching) {
      watching = true
      watchCollections()
    }
    attend()
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
    assertUsable(this)
    return this[size]
  }

  /** What the address is a multiple of, as asked for: see `NativeBufferOptions.alignment`. @throws ObjectDisposedError */
  get alignment(): number {
    assertUsable(this)
    return alignmentOf(this[traits])
  }

  /**
   * Where the first byte is. Valid until the buffer is disposed or resized; for native code that works
   * with it longer than the present call, take a `lease()`.
   *
   * @throws ObjectDisposedError
   * @throws InvalidOperationError when the memory was moved into another ArrayBuffer
   */
  get address(): bigint {
    assertUsable(this)
    assertNotMoved(this)
    if (this[knownAddress] === 0) {
      if (externalBuffersRefused()) viewOf(this)
      this[knownAddress] = native.memoryAddress(handleIdOf(this))
    }
    return BigInt(this[knownAddress])
  }

  /** All bytes, always the same object. @throws ObjectDisposedError, OutOfMemoryError */
  get bytes(): Buffer {
    assertUsable(this)
    return viewOf(this).bytes
  }

  /** The ArrayBuffer under all views, always the same object. @throws ObjectDisposedError, OutOfMemoryError */
  get arrayBuffer(): ArrayBuffer {
    assertUsable(this)
    return viewOf(this).arrayBuffer
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
    assertUsable(this)
    const view = viewOf(this)
    return makeView(type, view.arrayBuffer, view.byteOffset, this[size], byteOffset, length)
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
    assertMovable(this, 'resize')
    const open = this[token] as HandleToken
    const arrayBuffer = this[currentView]?.arrayBuffer
    const resize = () => resizeMemory(open, byteLength, this[traits], arrayBuffer) || undefined
    const resized = withReclamation(resize, byteLength - this[size])
    if (resized === undefined) throw outOfMemory(byteLength)
    this[currentView] = undefined
    this[knownAddress] = 0
    this[size] = byteLength
    attend()
  }

  /**
   * Moves the memory to another thread of the process, without copying it: the result goes through
   * `postMessage`, and `NativeBuffer.receive` makes a buffer of it there. This buffer is disposed then, and its
   * views have length 0. What was never received is released when this thread ends.
   *
   * Memory that lies under an ArrayBuffer of the engine, as that of small buffers with `bytes` does, is
   * copied. `disposeCore` of a class that extends this one runs when the memory has left.
   *
   * @throws ObjectDisposedError
   * @throws InvalidOperationError while references are out, or when the memory was moved into another ArrayBuffer
   * @throws OutOfMemoryError when there is no memory to keep track of it; the buffer is as it was then
   */
  transfer(): HandleTransfer {
    assertMovable(this, 'transfer')
    const open = this[token] as HandleToken
    const transfer = newTransfer(kindNameOf(this.constructor), this[size])
    const arrayBuffer = this[currentView]?.arrayBuffer
    const send = () => transferMemory(open, transfer.token, this[traits], arrayBuffer) || undefined
    if (withReclamation(send) === undefined) throw outOfMemory(this[size])
    noteClosed({ id: idOf(open), kind: transfer.kind, bytes: transfer.byteLength }, 'transferred')
    afterClose(open, true)
    this[currentView] = undefined
    try {
      closeTransferred(this)
    } catch (error) {
      native.cancelTransfer(transfer.token)
      throw error
    }
    return transfer
  }

  /**
   * A buffer with the memory that another thread has sent, or this one. Called on a class that extends this
   * one, it makes one of those; its constructor does not run.
   *
   * @param transfer what `transfer()` returned there
   * @throws TypeError for anything else
   * @throws InvalidOperationError when it was received already, or the thread that sent it has ended
   * @throws OutOfMemoryError when there is no memory to keep track of it; it can still be received
   */
  static receive(transfer: HandleTransfer): NativeBuffer {
    return Reflect.construct(NativeBuffer, [new Receiving(transfer)], this)
  }

  /** The address without any check; 0 when it was never asked for before the buffer closed. */
  override dangerousGetHandle(): bigint {
    return this.isClosed || this.isDisposed ? BigInt(this[knownAddress]) : this.address
  }

  /** Always false: a buffer that could not be allocated was not constructed. */
  override get isInvalid(): boolean {
    return false
  }

  /** Native code counts the memory once there is some. @internal */
  override [joinCollector](collector: HandleCollector): void {
    collector[admit]()
  }

  /** @internal */
  override [releaseResource](): void {
    const open = this[token] as HandleToken
    const arrayBuffer = this[currentView]?.arrayBuffer
    letGo(this)
    closeMemory(open, arrayBuffer)
  }

  /** @internal */
  override [releaseResourceAsync](): Promise<void> | void {
    const open = this[token] as HandleToken
    const arrayBuffer = this[currentView]?.arrayBuffer
    letGo(this)
    // Giving back many pages takes long; nothing else about a buffer does.
    return closeMemoryOffLoop(open, arrayBuffer, this)
  }

  /** The system has nothing to say about it. @internal */
  [releasedOffLoop](): void {}

  /** @internal */
  override [abandonResource](): void {
    // Memory of the engine cannot be given away: its ArrayBuffer is kept for good instead.
    if (this[currentView] !== undefined) abandoned.push(this[currentView].arrayBuffer)
    native.disownMemory(idOf(this[token] as HandleToken))
    letGo(this)
  }

  /** @internal */
  override [describe](): Record<string, unknown> {
    return { size: this[size] }
  }
}

const abandoned: ArrayBuffer[] = []

/** What the buffer must not hold while it is closed. */
function letGo(buffer: NativeBuffer): void {
  buffer[token] = undefined
  buffer[currentView] = undefined
}

function openAfterReclamation(byteLength: number, packed: MemoryTraits): HandleToken {
  const opened = withReclamation(() => openMemory(byteLength, packed), byteLength)
  if (opened === undefined) throw outOfMemory(byteLength)
  return opened
}

/** Of a buffer that is usable. */
function handleIdOf(buffer: NativeBuffer): HandleId {
  return idOf(buffer[token] as HandleToken)
}

function viewOf(buffer: NativeBuffer): View {
  buffer[currentView] ??= openView(buffer)
  return buffer[currentView]
}

function openView(buffer: NativeBuffer): View {
  const useEngine = prefersEngine(buffer) || externalBuffersRefused()
  const arrayBuffer = useEngine ? moveToEngine(buffer) : native.viewMemory(handleIdOf(buffer))
  if (arrayBuffer === undefined) throw new OutOfMemoryError(buffer[size])
  keepAliveWith(arrayBuffer, buffer)
  const byteOffset = useEngine ? alignInEngine(buffer, arrayBuffer) : 0
  return { arrayBuffer, byteOffset, bytes: Buffer.from(arrayBuffer, byteOffset, buffer[size]) }
}

function prefersEngine(buffer: NativeBuffer): boolean {
  if (buffer[size] === 0) return true
  if (buffer[knownAddress] !== 0) return false
  return mayLieAnywhere(buffer[traits]) && (buffer[size] <= ENGINE_VIEW_MAX || prefersEngineMemory(buffer[size]))
}

/** Nobody knows the address yet, so an ArrayBuffer of the engine can take the place of the memory. */
function moveToEngine(buffer: NativeBuffer): ArrayBuffer | undefined {
  const slack = mayLieAnywhere(buffer[traits]) ? 0 : alignmentOf(buffer[traits]) - ENGINE_ALIGNMENT
  const arrayBuffer = engineBuffer(buffer[size] + slack)
  // An empty ArrayBuffer has no address; the buffer keeps the one it has.
  if (arrayBuffer !== undefined && buffer[size] > 0) native.moveMemoryToEngine(handleIdOf(buffer), arrayBuffer, 0)
  return arrayBuffer
}

/** Returns where in the ArrayBuffer the bytes begin. */
function alignInEngine(buffer: NativeBuffer, arrayBuffer: ArrayBuffer): number {
  if (mayLieAnywhere(buffer[traits]) || buffer[size] === 0) return 0
  const alignment = alignmentOf(buffer[traits])
  const past = native.memoryAddress(handleIdOf(buffer)) % alignment
  const byteOffset = past === 0 ? 0 : alignment - past
  native.moveMemoryToEngine(handleIdOf(buffer), arrayBuffer, byteOffset)
  return byteOffset
}

function assertMovable(buffer: NativeBuffer, verb: string): void {
  assertUsable(buffer)
  assertNotMoved(buffer)
  if (referencesOut(buffer) > 0) {
    throw new InvalidOperationError(
      `Cannot ${verb} a NativeBuffer while references are out, since its memory moves. Dispose of its leases and iterators first.`,
    )
  }
}

function assertNotMoved(buffer: NativeBuffer): void {
  if (buffer[size] > 0 && buffer[currentView]?.bytes.length === 0) {
    throw new InvalidOperationError(
      'The memory of this NativeBuffer was moved into another ArrayBuffer. Use that one, or copy the bytes before they are moved.',
    )
  }
}
