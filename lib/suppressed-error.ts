import { defineHidden, keepPrototype } from './ponyfill.js'

function makePonyfill(): SuppressedErrorConstructor {
  // No class: a class cannot be called without `new`.
  function SuppressedError(error: unknown, suppressed: unknown, message?: string): Error {
    const newTarget = new.target ?? SuppressedError
    // Only Error makes objects that the platform takes for errors; it adds the message and the stack, too.
    const made: Error = Reflect.construct(Error, message === undefined ? [] : [message], newTarget)
    keepPrototype(made, newTarget, SuppressedError.prototype)
    defineHidden(made, 'error', error)
    defineHidden(made, 'suppressed', suppressed)
    return made
  }
  const prototype = Object.create(Error.prototype)
  defineHidden(prototype, 'constructor', SuppressedError)
  defineHidden(prototype, 'name', 'SuppressedError')
  defineHidden(prototype, 'message', '')
  // A bundler may have called the function otherwise, since there is a variable of that name around it.
  Object.defineProperty(SuppressedError, 'name', { value: 'SuppressedError' })
  Object.defineProperty(SuppressedError, 'prototype', { value: prototype, writable: false })
  return Object.setPrototypeOf(SuppressedError, Error)
}

/**
 * Several errors of one disposal: `error` is the latest, `suppressed` what went before it, which may be a
 * `SuppressedError` in its turn. The platform's class where it has one.
 */
export const SuppressedError: SuppressedErrorConstructor = globalThis.SuppressedError ?? makePonyfill()
export type SuppressedError = globalThis.SuppressedError

/** Something was thrown; it may have been `undefined`. */
export interface Failure {
  error: unknown
}

/** What to throw when `error` comes after `earlier`: both, in the platform's own words. */
export function suppress(error: unknown, earlier: Failure | undefined): unknown {
  if (earlier === undefined) return error
  return new SuppressedError(error, earlier.error, 'An error was suppressed during disposal')
}
