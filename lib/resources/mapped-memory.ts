import { Buffer } from 'node:buffer'
import { native } from '../binding.js'
import { InvalidOperationError, OutOfMemoryError } from '../errors.js'
import {
  abandonResource,
  assertUsable,
  describe,
  releaseResource,
  releaseResourceAsync,
  token,
} from '../safe-handle.js'
import { externalBuffersRefused, keepAliveWith } from './external-buffers.js'
import { abandonView } from './memory-token.js'
import { NativeResource, resourceId } from './native-resource.js'

/** @internal */
export const size: unique symbol = Symbol('size')
const view: unique symbol = Symbol('view')
const knownAddress: unique symbol = Symbol('knownAddress')
/** Throws when a member cannot work: subclasses add their own reasons. @internal */
export const assertWhole: unique symbol = Symbol('assertWhole')

/** Memory at a fixed place that native code mapped, and a `Buffer` over it. */
export abstract class MappedMemory extends NativeResource<bigint> {
  /** @internal */
  declare [size]: number
  /** undefined until somebody asks, and once the memory is closed. @internal */
  declare [view]: Buffer | undefined
  /** 0 until somebody asks, or the memory is closed. @internal */
  declare [knownAddress]: number

  /** @internal */
  protected constructor() {
    super(0n)
    this[knownAddress] = 0
    this[size] = 0
    this[view] = undefined
  }

  /** How many bytes. @throws ObjectDisposedError */
  get byteLength(): number {
    this[assertWhole]()
    return this[size]
  }

  /** All bytes, always the same object. It keeps this object alive. @throws ObjectDisposedError, OutOfMemoryError */
  get bytes(): Buffer {
    this[assertWhole]()
    this[view] ??= openView(this)
    return this[view]
  }

  /** Where the first byte is; once disposed, where it was. Take a `lease()` for native code that works with it. */
  override dangerousGetHandle(): bigint {
    noteAddress(this)
    return BigInt(this[knownAddress])
  }

  /** Always false: what could not be mapped was not constructed. */
  override get isInvalid(): boolean {
    return false
  }

  /** @internal */
  [assertWhole](): void {
    assertUsable(this)
  }

  /** @internal */
  override [releaseResource](): void {
    abandon(this)
    super[releaseResource]()
  }

  /** @internal */
  override [releaseResourceAsync](): Promise<void> | void {
    abandon(this)
    return super[releaseResourceAsync]()
  }

  /** @internal */
  override [abandonResource](): void {
    noteAddress(this)
    native.disownMemory(resourceId(this))
    this[token] = undefined
    this[view] = undefined
  }

  /** @internal */
  override [describe](): Record<string, unknown> {
    return { size: this[size] }
  }
}

function noteAddress(memory: MappedMemory): void {
  if (memory[token] !== undefined) memory[knownAddress] = native.memoryAddress(resourceId(memory))
}

/** Detaches the view, if there is one. Memory that was moved into another ArrayBuffer stays with that. */
function abandon(memory: MappedMemory): void {
  noteAddress(memory)
  const buffer = memory[view]
  if (buffer === undefined || memory[token] === undefined) return
  memory[view] = undefined
  abandonView(resourceId(memory), buffer.buffer as ArrayBuffer)
}

function openView(memory: MappedMemory): Buffer {
  if (memory[size] === 0) return Buffer.alloc(0)
  if (externalBuffersRefused()) {
    throw new InvalidOperationError(
      `This runtime allows no ArrayBuffer over memory that is not its own, so a ${memory.constructor.name} has no bytes to show here.`,
    )
  }
  const arrayBuffer = native.viewMemory(resourceId(memory))
  if (arrayBuffer === undefined) throw new OutOfMemoryError(memory[size])
  keepAliveWith(arrayBuffer, memory)
  return Buffer.from(arrayBuffer)
}
