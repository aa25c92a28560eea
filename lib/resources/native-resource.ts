import { type HandleId, native, type SystemFailure } from '../binding.js'
import { admit, type HandleCollector } from '../collectors/handle-collector.js'
import { HandleReleaseError } from '../errors.js'
import { afterClose, connect, HandleToken, idOf, withId } from '../handle-token.js'
import { kindNameOf } from '../kinds.js'
import { closeOffLoop, releasedOffLoop } from '../off-loop-release.js'
import { attend, watchCollections } from '../reclamation.js'
import {
  abandonResource,
  joinCollector,
  releaseResource,
  releaseResourceAsync,
  SafeHandle,
  token,
} from '../safe-handle.js'
import type { SafeHandleClass } from '../safe-handle-class.js'
import { openOrThrow, openOrThrowAsync, systemError } from '../system-error.js'
import { noteOpened } from '../tracking/handle-events.js'

/** Opens a handle for `owner`, natively. 0: no memory, or the native limit was in the way. */
export type OpenNative = (owner: HandleToken) => HandleId | SystemFailure | 0 | undefined

/** The same on the thread pool. */
export type OpenNativeAsync = (
  owner: HandleToken,
) => Promise<HandleId | SystemFailure | 0 | undefined> | SystemFailure | undefined

/** What the system call is that releases the resource, for errors. @internal */
export const releaseCall: unique symbol = Symbol('releaseCall')

/** The file that it belongs to, for errors. @internal */
export const resourcePath: unique symbol = Symbol('resourcePath')

/** A resource that native code opens and releases. */
export abstract class NativeResource<T> extends SafeHandle<T> {
  /** Native code releases the resource itself; nothing is left to do here. */
  static releaseHandle(_handle: unknown): void {}

  /** @internal */
  abstract get [releaseCall](): string

  /** @internal */
  get [resourcePath](): string | undefined {
    return undefined
  }

  /** Native code counts the handle once there is one. @internal */
  override [joinCollector](collector: HandleCollector): void {
    collector[admit]()
  }

  /** @internal */
  override [releaseResource](): void {
    const open = this[token]
    if (open === undefined) return
    this[token] = undefined
    afterClose(open, native.closeForReuse(open.slot, open.generation))
    checkRelease(this, native.releaseError())
  }

  /** @internal */
  override [releaseResourceAsync](): Promise<void> | void {
    const pending = this[token] && closeOffLoop(this[token], this)
    if (pending === undefined) return this[releaseResource]()
    this[token] = undefined
    return pending
  }

  /** @internal */
  [releasedOffLoop](errno: number): void {
    checkRelease(this, errno)
  }

  /** @internal */
  override [abandonResource](): void {
    if (this[token] !== undefined) native.disownHandle(idOf(this[token]))
    this[token] = undefined
  }
}

/**
 * To be called in the constructor.
 *
 * @throws SystemError, OutOfMemoryError
 */
export function openResource(
  resource: NativeResource<unknown>,
  open: OpenNative,
  about?: { path?: string | undefined; byteLength?: number | (() => number) },
): void {
  const owner = new HandleToken()
  const id = openOrThrow(() => open(owner), about)
  take(resource, owner, id)
}

/**
 * The same for something that is opened on the thread pool. The resource is closed if the thread ends before
 * this is done.
 *
 * @throws SystemError, OutOfMemoryError
 * @throws ResourceExhaustedError when the class's collector refuses one more by now: it is closed again
 */
export async function openResourceAsync(
  resource: NativeResource<unknown>,
  open: OpenNativeAsync,
  about?: { path?: string | undefined },
): Promise<void> {
  const owner = new HandleToken()
  const id = await openOrThrowAsync(async () => open(owner), about)
  try {
    // It was admitted before, but so were all that were opened at the same time.
    ;(resource.constructor as unknown as SafeHandleClass).collector?.[admit]()
  } catch (error) {
    withId(owner, id)
    afterClose(owner, native.closeForReuse(owner.slot, owner.generation))
    throw error
  }
  take(resource, owner, id)
}

function take(resource: NativeResource<unknown>, owner: HandleToken, id: HandleId): void {
  resource[token] = withId(owner, id)
  noteOpened(owner)
  const { collector } = resource.constructor as unknown as SafeHandleClass
  if (collector !== undefined) connect(owner, collector)
  watchCollections()
  attend()
}

/** Of a resource that is usable. */
export function resourceId(resource: NativeResource<unknown>): HandleId {
  return idOf(resource[token] as HandleToken)
}

function checkRelease(resource: NativeResource<unknown>, errno: number): void {
  if (errno === 0) return
  const cause = systemError({ errno, syscall: resource[releaseCall] }, resource[resourcePath])
  throw new HandleReleaseError(kindNameOf(resource.constructor), { cause })
}
