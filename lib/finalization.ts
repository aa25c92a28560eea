import { native } from './binding.js'
import { OutOfMemoryError } from './errors.js'
import { type HandleToken, idOf } from './handle-token.js'

// What objects with a finalizer implement for GC.suppressFinalize and GC.reRegisterForFinalize.

/** Nothing but the program releases the object's resource from now on. @internal */
export const suppressFinalization: unique symbol = Symbol('suppressFinalization')
/** Takes that back. Throws ObjectDisposedError when the resource was released. @internal */
export const resumeFinalization: unique symbol = Symbol('resumeFinalization')

export interface Finalizable {
  [suppressFinalization](): void
  [resumeFinalization](): void
}

export function isFinalizable(value: object): value is Finalizable {
  return suppressFinalization in value
}

export function unwatch(token: HandleToken): void {
  native.unwatchHandle(idOf(token))
}

export function watchAgain(token: HandleToken): void {
  if (!native.watchHandle(idOf(token), token)) throw new OutOfMemoryError(0)
}
