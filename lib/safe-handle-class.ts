import type { HandleCollector } from './collectors/handle-collector.js'
import { HandleReleaseError } from './errors.js'
import { kindNameOf } from './kinds.js'

/** What a class of handles offers besides its constructor. */
export interface SafeHandleClass {
  /** What its handles are counted by, unless there is a `kind`. */
  readonly name: string
  /** What its handles are counted by. Default: the name of the class. */
  readonly kind?: string
  /**
   * Counts them from their construction on, also those of classes that extend this one, and makes the
   * engine collect when there are many.
   */
  readonly collector?: HandleCollector | undefined
  /**
   * Releases a raw handle; false, or an exception, says that it failed. For a handle that nobody disposed
   * it runs whenever another one is opened after a collection, in the middle of other code.
   */
  releaseHandle(handle: any): boolean | void
  /** Whether a raw value means "no handle". Default: whether it is the invalid value given to the constructor. */
  isInvalidHandle?(handle: any): boolean
  /** What `disposeAsync` releases with instead of `releaseHandle`. */
  releaseHandleAsync?(handle: any): Promise<boolean | void>
}

/** @throws HandleReleaseError when `releaseHandle` throws or returns false */
export function releaseHandle(value: unknown, type: SafeHandleClass): void {
  let result: boolean | void
  try {
    result = type.releaseHandle(value)
  } catch (cause) {
    throw new HandleReleaseError(kindNameOf(type), { cause })
  }
  if (result === false) throw new HandleReleaseError(kindNameOf(type))
}

/** The same with `releaseHandleAsync`, if the class has one. */
export function releaseHandleAsync(value: unknown, type: SafeHandleClass): Promise<void> | void {
  return type.releaseHandleAsync === undefined ? releaseHandle(value, type) : awaitReleaseHandle(value, type)
}

async function awaitReleaseHandle(value: unknown, type: SafeHandleClass): Promise<void> {
  let result: boolean | void
  try {
    result = await type.releaseHandleAsync?.(value)
  } catch (cause) {
    throw new HandleReleaseError(kindNameOf(type), { cause })
  }
  if (result === false) throw new HandleReleaseError(kindNameOf(type))
}
