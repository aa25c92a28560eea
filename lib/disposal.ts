import { type Failure, suppress } from './suppressed-error.js'
import * as symbols from './symbols.js'
import { invalidType, isObject } from './validate.js'

// The disposal of several resources, as `using` and `await using` do it: their methods are read once, when
// the resources are given; the last one goes first; all run, and no error is lost.

const WANTED_ASYNC = 'an object with a method Symbol.asyncDispose or Symbol.dispose'

/** Disposes of one resource. */
export type Disposer = () => unknown

/** @param name of the argument that `value` came in */
export function disposerOf(name: string, value: unknown): Disposer {
  const method = methodOf(value, symbols.dispose)
  if (typeof method !== 'function') throw invalidType(name, 'an object with a method Symbol.dispose', value)
  return () => method.call(value)
}

/** Prefers `Symbol.asyncDispose`; what `Symbol.dispose` returns is not awaited. */
export function asyncDisposerOf(name: string, value: unknown): Disposer {
  const method = methodOf(value, symbols.asyncDispose)
  if (typeof method === 'function') return () => method.call(value)
  if (method !== undefined && method !== null) throw invalidType(name, WANTED_ASYNC, value)
  const syncMethod = methodOf(value, symbols.dispose)
  if (typeof syncMethod !== 'function') throw invalidType(name, WANTED_ASYNC, value)
  return async () => {
    syncMethod.call(value)
  }
}

function methodOf(value: unknown, key: symbol): unknown {
  return isObject(value) ? (value as Record<symbol, unknown>)[key] : undefined
}

/** Throws in the end if anything went wrong, `failure` included. */
export function disposeAll(disposers: readonly Disposer[], failure: Failure): never
export function disposeAll(disposers: readonly Disposer[]): void
export function disposeAll(disposers: readonly Disposer[], failure?: Failure): void {
  let last = failure
  for (const dispose of [...disposers].reverse()) {
    try {
      dispose()
    } catch (error) {
      last = { error: suppress(error, last) }
    }
  }
  if (last !== undefined) throw last.error
}

/**
 * The same, one after the other. In place of a disposer there can be `undefined`: nothing to do, but the
 * whole takes at least one turn then.
 */
export async function disposeAllAsync(disposers: readonly (Disposer | undefined)[], failure: Failure): Promise<never>
export async function disposeAllAsync(disposers: readonly (Disposer | undefined)[]): Promise<void>
export async function disposeAllAsync(disposers: readonly (Disposer | undefined)[], failure?: Failure): Promise<void> {
  let last = failure
  let owesTurn = disposers.includes(undefined)
  for (const dispose of [...disposers].reverse()) {
    if (dispose === undefined) continue
    try {
      const disposed = dispose()
      owesTurn = false
      await disposed
    } catch (error) {
      last = { error: suppress(error, last) }
    }
  }
  if (owesTurn) await undefined
  if (last !== undefined) throw last.error
}
