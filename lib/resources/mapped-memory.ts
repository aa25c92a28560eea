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

/** Memory at a fixed place that native code mapped, and a `Buffer` over it. */
export abstract class MappedMemory extends NativeResource<bigint> {
  /** @internal */
  declare [size]: number
  /** undefined until somebody asks, and once the memory is closed. @internal */
  declare [view]: Buffer | undefined

  /** @internal */
  protected constructor() {
    super(0n)
    this[size] = 0
    this[view] = undefined
  }

  /** How many bytes. @throws ObjectDisposedError */
  get byteLength(): number {
    assertUsable(this)
    return this[size]
  }

  /** All bytes, always the same object. It keeps this object alive. @throws ObjectDisposedError, OutOfMemoryError */
  get bytes(): Buffer {
    assertUsable(this)
    this[view] ??= openView(this)
    return this[view]
  }

  /** Where the first byte is; 0 once disposed. Take a `lease()` for native code that works with it. */
  override dangerousGetHandle(): bigint {
    return this[token] === undefined ? 0n : BigInt(native.memoryAddress(resourceId(this)))
  }

  /** Always false: what could not be mapped was not constructed. */
  override get isInvalid(): boolean {
    return false
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
    if (this[token] !== undefined) native.disownMemory(resourceId(this))
    this[token] = undefined
    this[view] = undefined
  }

  /** @internal */
  override [describe](): Record<string, unknown> {
    return { size: this[size] }
  }
}

/** Detaches the view, if there is one. Memory that was moved into another ArrayBuffer stays with that. */
function abandon(memory: MappedMemory): void {
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
