import { Buffer, constants } from 'node:buffer'
import { native } from '../binding.js'
import { InvalidOperationError, OutOfMemoryError } from '../errors.js'
import { kindOf } from '../kinds.js'
import { outOfMemory } from '../native-limit.js'
import { attend } from '../reclamation.js'
import { withReclamation } from '../refusal.js'
import { assertUsable, describe, referencesOut, releaseResource, releaseResourceAsync } from '../safe-handle.js'
import { checkInteger, checkOptions, invalidType, outOfRange } from '../validate.js'
import { CHUNK_ALIGNMENT, type Chunk, newChunk, retractChunk, viewChunk } from './arena-chunk.js'
import { NativeResource, openResource, releaseCall, resourceId } from './native-resource.js'
import { elementSizeOf, makeView, type ViewConstructor } from './typed-view.js'

/** How a `NativeArena` grows. */
export interface NativeArenaOptions {
  /** How many bytes are asked of the system at a time, an integer from 4096 to 2 ** 30. Default 1 MiB. */
  chunkSize?: number
  /** How many bytes all chunks may have together, an integer ≥ 0. Default: any number. */
  maxBytes?: number
}

const DEFAULT_CHUNK_SIZE = 2 ** 20
const MAX_CHUNK_SIZE = 2 ** 30
const MAX_BYTE_LENGTH = constants.MAX_LENGTH - CHUNK_ALIGNMENT

// Symbols, not private names: see safe-handle.ts.
const chunkSize: unique symbol = Symbol('chunkSize')
const maxBytes: unique symbol = Symbol('maxBytes')
const chunks: unique symbol = Symbol('chunks')
const current: unique symbol = Symbol('current')
const bytesHeld: unique symbol = Symbol('bytesHeld')

/** What blocks are cut from while there is no chunk. */
const NO_CHUNK: Chunk = { ...newChunk(0), arrayBuffer: new ArrayBuffer(0) }

/**
 * Native memory for many blocks that all live equally long: a block is a few additions and a view, and
 * `reset()` or `dispose()` takes all of them back at once.
 *
 * ```ts
 * using arena = new NativeArena()
 * for (const request of requests) {
 *   const header = arena.alloc(64)
 *   const samples = arena.allocArray(Float32Array, 256)
 *   handle(request, header, samples)
 *   arena.reset()
 * }
 * ```
 *
 * Blocks are zeroed. After `reset()` or `dispose()` every block given out before has length 0. A block keeps
 * its arena alive.
 */
export class NativeArena extends NativeResource<bigint> {
  /** @internal */
  declare [chunkSize]: number
  /** @internal */
  declare [maxBytes]: number
  /** In the order of native/resources/arena.h. @internal */
  declare [chunks]: Chunk[]
  /** The one that blocks are cut from. @internal */
  declare [current]: Chunk
  /** @internal */
  declare [bytesHeld]: number

  /**
   * @param options a chunk size of 1 MiB and no limit by default
   * @throws TypeError, RangeError for bad options
   * @throws OutOfMemoryError when there is no memory to keep track of it
   */
  constructor(options: NativeArenaOptions = {}) {
    super(0n)
    checkOptions('options', options)
    const { chunkSize: wanted = DEFAULT_CHUNK_SIZE, maxBytes: most = Number.POSITIVE_INFINITY } = options
    checkInteger('options.chunkSize', wanted, CHUNK_ALIGNMENT, MAX_CHUNK_SIZE)
    if (most !== Number.POSITIVE_INFINITY) checkInteger('options.maxBytes', most, 0, Number.MAX_SAFE_INTEGER)
    this[chunkSize] = wanted
    this[maxBytes] = most
    this[chunks] = []
    this[current] = NO_CHUNK
    this[bytesHeld] = 0
    openResource(this, (owner) => native.openArena(owner, kindOf(new.target)))
  }

  /**
   * A block of zeroed bytes.
   *
   * @param byteLength an integer from 0 to a little less than `buffer.constants.MAX_LENGTH`
   * @param alignment what its address is a multiple of, a power of two up to 4096. Default 8
   * @throws TypeError, RangeError, ObjectDisposedError
   * @throws OutOfMemoryError when the memory cannot be had, or the arena would get larger than `maxBytes`
   */
  alloc(byteLength: number, alignment = 8): Buffer {
    checkInteger('byteLength', byteLength, 0, MAX_BYTE_LENGTH)
    if (alignment !== 8) checkAlignment(alignment)
    assertUsable(this)
    const chunk = this[current]
    const start = (chunk.position + alignment - 1) & -alignment
    const end = start + byteLength
    if (end > chunk.limit) return allocInNextChunk(this, byteLength)
    chunk.position = end
    return Buffer.from(chunk.arrayBuffer as ArrayBuffer, chunk.start + start, byteLength)
  }

  /**
   * A block of zeroed elements, aligned to their size.
   *
   * @param type a typed array class, `Buffer` or `DataView`
   * @param length in elements, for `DataView` in bytes, an integer ≥ 0
   * @throws TypeError, RangeError, ObjectDisposedError, OutOfMemoryError
   */
  allocArray<V extends ArrayBufferView>(type: ViewConstructor<V>, length: number): V {
    const elementSize = elementSizeOf(type)
    if (elementSize === undefined) throw invalidType('type', 'a TypedArray class, Buffer or DataView', type)
    checkInteger('length', length, 0, Math.floor(MAX_BYTE_LENGTH / elementSize))
    const { buffer, byteOffset, byteLength } = this.alloc(length * elementSize, Math.max(8, elementSize))
    return makeView(type, buffer as ArrayBuffer, byteOffset, byteLength, 0, length)
  }

  /** How many bytes were given out since the last `reset()`, the gaps between blocks included. @throws ObjectDisposedError */
  get used(): number {
    assertUsable(this)
    return this[chunks].reduce((sum, { position }) => sum + position, 0)
  }

  /** How many bytes of native memory the arena has. @throws ObjectDisposedError */
  get capacity(): number {
    assertUsable(this)
    return this[bytesHeld]
  }

  /**
   * Takes every block back: views of them have length 0 from now on. The memory stays with the arena, for
   * the next blocks.
   *
   * @throws ObjectDisposedError
   * @throws InvalidOperationError while references are out
   */
  reset(): void {
    assertUsable(this)
    if (referencesOut(this) > 0) {
      throw new InvalidOperationError(
        'Cannot reset a NativeArena while references are out, since its blocks are in use. Dispose of its leases first.',
      )
    }
    retractAll(this)
  }

  /** Always 0: an arena has an address for each block, and none of its own. */
  override dangerousGetHandle(): bigint {
    return 0n
  }

  /** Always false: an arena that could not be made was not constructed. */
  override get isInvalid(): boolean {
    return false
  }

  /** @internal */
  override get [releaseCall](): string {
    return 'munmap'
  }

  /** @internal */
  override [releaseResource](): void {
    retractAll(this)
    super[releaseResource]()
  }

  /** @internal */
  override [releaseResourceAsync](): Promise<void> | void {
    retractAll(this)
    return super[releaseResourceAsync]()
  }

  /** @internal */
  override [describe](): Record<string, unknown> {
    return { capacity: this[bytesHeld] }
  }
}

function checkAlignment(alignment: unknown): asserts alignment is number {
  checkInteger('alignment', alignment, 1, CHUNK_ALIGNMENT)
  if ((alignment & (alignment - 1)) !== 0) throw outOfRange('alignment', 'a power of two', alignment)
}

/** Chunks are aligned to more than any block. */
function allocInNextChunk(arena: NativeArena, byteLength: number): Buffer {
  const chunk = spareChunk(arena, byteLength) ?? addChunk(arena, byteLength)
  if (chunk.arrayBuffer === undefined) viewChunk(arena, resourceId(arena), arena[chunks].indexOf(chunk), chunk)
  // What is larger than a chunk has one to itself.
  if (byteLength <= arena[chunkSize]) arena[current] = chunk
  chunk.position = byteLength
  return Buffer.from(chunk.arrayBuffer as ArrayBuffer, chunk.start, byteLength)
}

/** The smallest that would do: large ones are for what is large. */
function spareChunk(arena: NativeArena, byteLength: number): Chunk | undefined {
  let best: Chunk | undefined
  for (const chunk of arena[chunks]) {
    if (chunk.position > 0 || chunk.byteLength < byteLength) continue
    if (best === undefined || chunk.byteLength < best.byteLength) best = chunk
  }
  return best
}

function addChunk(arena: NativeArena, byteLength: number): Chunk {
  const room = arena[maxBytes] - arena[bytesHeld]
  if (byteLength > room) {
    throw new OutOfMemoryError(byteLength, { of: 'arena', bytes: arena[maxBytes], live: arena[bytesHeld] })
  }
  const size = Math.max(byteLength, Math.min(arena[chunkSize], room))
  const added = withReclamation(() => native.addArenaChunk(resourceId(arena), size) || undefined, size)
  if (added === undefined) throw outOfMemory(size)
  const chunk = newChunk(size)
  arena[chunks].push(chunk)
  arena[bytesHeld] += size
  attend()
  return chunk
}

function retractAll(arena: NativeArena): void {
  const id = resourceId(arena)
  arena[current] = NO_CHUNK
  for (let index = arena[chunks].length - 1; index >= 0; index--) {
    const chunk = arena[chunks][index] as Chunk
    if (retractChunk(id, index, chunk)) continue
    arena[chunks].splice(index, 1)
    arena[bytesHeld] -= chunk.byteLength
  }
}
