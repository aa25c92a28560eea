import type { InspectOptions } from 'node:util'
import { threadId } from 'node:worker_threads'
import { native, type WeakTarget } from './binding.js'
import { InvalidOperationError, OutOfMemoryError, ResourceExhaustedError } from './errors.js'
import { FinalizableObject, finalizerState, token } from './finalizable-object.js'
import { resumeFinalization, suppressFinalization } from './finalization.js'
import type { HandleToken } from './handle-token.js'
import * as symbols from './symbols.js'
import { checkObject, checkOneOf, invalidType } from './validate.js'
import { WeakOwner } from './weak-owner.js'

/** Whether a `GCHandle` keeps its target alive: `'normal'` does, `'weak'` does not. */
export type GCHandleType = 'normal' | 'weak'

interface Entry {
  readonly type: GCHandleType
  readonly strong: object | undefined
  readonly weak: WeakTarget
  readonly handle: WeakOwner<GCHandle>
}

/** What the pointers of this thread lead to, by their number in it. A pointer is looked up, never followed. */
const entries = new Map<number, Entry>()

// A pointer is 63 bits, so that it is the same number signed and unsigned:
//
//   |  1 (1 bit)  |  thread (19 bits)  |  which one in its thread (40 bits)  |  000  |
//
// The bit on top is set in no address that a program can have: code that follows the pointer by mistake
// stops there, and no address is taken for one of these. None is ever given out again.
const MARK = 1n << 62n
const THREAD_SHIFT = 43n
const NUMBER_SHIFT = 3n
const NUMBER_MASK = (1n << 40n) - 1n
const LAST_NUMBER = Number(NUMBER_MASK)
const LAST_THREAD = 2 ** 19 - 1
const THREAD_BITS = MARK | (BigInt(threadId) << THREAD_SHIFT)

let lastNumber = 0

function takeNumber(): number {
  if (lastNumber === LAST_NUMBER || threadId > LAST_THREAD) {
    throw new ResourceExhaustedError('pointers of GCHandle', LAST_NUMBER, entries.size)
  }
  return ++lastNumber
}

function numberOf(pointer: bigint): number {
  const isOurs = pointer >> THREAD_SHIFT === THREAD_BITS >> THREAD_SHIFT
  if (!isOurs && pointer >> 62n === 1n) {
    throw new InvalidOperationError(
      `The pointer ${hex(pointer)} is of a GCHandle of another thread. Use it in the thread that made it.`,
      { code: 'ERR_HOLDFAST_WRONG_THREAD' },
    )
  }
  const number = Number((pointer >> NUMBER_SHIFT) & NUMBER_MASK)
  return isOurs && pointer === pointerOf(number) ? number : 0
}

function pointerOf(number: number): bigint {
  return THREAD_BITS | (BigInt(number) << NUMBER_SHIFT)
}

function hex(pointer: bigint): string {
  return `0x${pointer.toString(16)}`
}

function forget(number: number): void {
  const entry = entries.get(number)
  if (entry === undefined) return
  entries.delete(number)
  if (entry.type === 'weak') native.removeWeakTarget(entry.weak)
}

/**
 * Refers to an object of JavaScript by a number of the size of a pointer, for native memory that has to
 * know it: the `void*` that a C library hands back to its callbacks.
 *
 * ```ts
 * using handle = GCHandle.alloc(session)
 * buffer.bytes.writeBigUInt64LE(handle.toPointer(), 16)
 * // later, from what native code hands over
 * GCHandle.fromPointer(pointer).target
 * ```
 *
 * A normal handle keeps its target alive, a weak one does not. Keep the GCHandle itself as long as native
 * code has the pointer: one that nobody refers to is freed, and counted, like any other handle, and its
 * pointer leads nowhere then. Where nobody can keep it, `GC.suppressFinalize(handle)` lets it live until
 * somebody frees it, found again by `fromPointer`.
 *
 * The target of a normal handle is never collected before that is freed, and neither is a handle that its
 * own target refers to.
 *
 * A handle and its pointer belong to the thread that made them.
 */
export class GCHandle<T extends object = object> extends FinalizableObject<number> {
  readonly #type: GCHandleType

  private constructor(target: T, type: GCHandleType) {
    const number = takeNumber()
    super(number, forget)
    this.#type = type
    const weak = type === 'weak' ? native.addWeakTarget(target) : (0 as WeakTarget)
    if (type === 'weak' && weak === 0) {
      this.dispose()
      throw new OutOfMemoryError(0)
    }
    const handle = new WeakOwner<GCHandle>(this[token] as HandleToken)
    entries.set(number, { type, strong: type === 'normal' ? target : undefined, weak, handle })
  }

  /**
   * A new handle for `target`.
   *
   * @param target an object or a function
   * @param type `'normal'` (the default) keeps the target alive, `'weak'` does not
   * @throws TypeError when `target` is no object; `ERR_INVALID_ARG_VALUE` for another type
   * @throws OutOfMemoryError when there is no memory to keep track of it
   */
  static alloc<T extends object>(target: T, type: GCHandleType = 'normal'): GCHandle<T> {
    checkObject('target', target)
    checkOneOf('type', type, ['normal', 'weak'])
    return new GCHandle(target, type)
  }

  /**
   * The handle that a pointer came from: the same object, as long as somebody refers to it.
   *
   * @param pointer what `toPointer` returned
   * @throws TypeError when it is no bigint
   * @throws InvalidOperationError when it is no pointer of a handle, or of one that was freed; with code
   *   `ERR_HOLDFAST_WRONG_THREAD` when it comes from another thread
   */
  static fromPointer<T extends object = object>(pointer: bigint): GCHandle<T> {
    if (typeof pointer !== 'bigint') throw invalidType('pointer', 'of type bigint', pointer)
    const handle = entries.get(numberOf(pointer))?.handle.find()
    if (handle === undefined) {
      throw new InvalidOperationError(
        `No GCHandle has the pointer ${hex(pointer)}. If it had one, that was freed, or nobody referred to it any more: keep a GCHandle as long as native code has its pointer.`,
      )
    }
    return handle as GCHandle<T>
  }

  /**
   * What the handle refers to; undefined for a weak one whose target was collected.
   *
   * @throws InvalidOperationError once freed
   */
  get target(): T | undefined {
    const { type, strong, weak } = allocated(this)
    return (type === 'normal' ? strong : native.findWeakTarget(weak)) as T | undefined
  }

  /**
   * A number for native memory, above 0 and below 2⁶³, a multiple of 8; `writeBigUInt64LE` writes it. It is
   * no address: all it is good for is `fromPointer`. No other handle ever has the same.
   *
   * @throws InvalidOperationError once freed
   */
  toPointer(): bigint {
    allocated(this)
    return pointerOf(this[finalizerState])
  }

  /** Whether it was not freed. */
  get isAllocated(): boolean {
    return entries.has(this[finalizerState])
  }

  /**
   * Lets go of the target, once: its pointer leads nowhere from now on. `dispose()` is the same without
   * the error.
   *
   * @throws InvalidOperationError when it was freed before
   */
  free(): void {
    allocated(this)
    this.dispose()
  }

  /** @internal */
  override [suppressFinalization](): void {
    entries.get(this[finalizerState])?.handle.hold(this)
    super[suppressFinalization]()
  }

  /** @internal */
  override [resumeFinalization](): void {
    super[resumeFinalization]()
    entries.get(this[finalizerState])?.handle.letGo()
  }

  /** @internal */
  [symbols.inspect](_depth: number, options: InspectOptions, inspect: typeof import('node:util').inspect): string {
    return `GCHandle ${inspect({ type: this.#type, state: this.isAllocated ? 'allocated' : 'freed' }, options)}`
  }
}

function allocated(handle: GCHandle): Entry {
  const entry = entries.get(handle[finalizerState])
  if (entry !== undefined) return entry
  throw new InvalidOperationError('This GCHandle was freed. Use it before free(), or make a new one.')
}
