import { getSystemErrorMap } from 'node:util'
import type { SystemFailure } from './binding.js'
import { SystemError } from './errors.js'
import { outOfMemory } from './native-limit.js'
import { withReclamation } from './refusal.js'

const descriptions = getSystemErrorMap()

/** In the words that `node:fs` has for it. */
export function systemError({ errno, syscall }: SystemFailure, path?: string): SystemError {
  const [code, description] = descriptions.get(-errno) ?? [`E${errno}`, 'unknown error']
  return new SystemError(code, description, { errno: -errno, syscall, ...(path !== undefined && { path }) })
}

/** Of these the process or the system has none left, and something that nobody uses may hold some. */
const EXHAUSTIONS: ReadonlySet<string | undefined> = new Set(['EMFILE', 'ENFILE', 'ENOMEM'])

function isExhaustion({ errno }: SystemFailure): boolean {
  return EXHAUSTIONS.has(descriptions.get(-errno)?.[0])
}

/**
 * Opens something, if need be after releasing what is unreachable.
 *
 * @param open returns what it opened, or why the system refused; 0 or undefined when there was no memory for it, or
 *   the native limit was in the way
 * @param byteLength how many native bytes that adds; a function where only `open` finds out
 * @throws SystemError, OutOfMemoryError
 */
export function openOrThrow<T>(
  open: () => T | SystemFailure | 0 | undefined,
  { path, byteLength = 0 }: { path?: string | undefined; byteLength?: number | (() => number) } = {},
): T {
  let refusal: SystemFailure | undefined
  const opened = withReclamation(() => {
    const result = open()
    refusal = isFailure(result) ? result : undefined
    if (refusal !== undefined) return isExhaustion(refusal) ? undefined : refusal
    return result || undefined
  }, byteLength)
  if (refusal !== undefined) throw systemError(refusal, path)
  if (opened === undefined) throw outOfMemory(typeof byteLength === 'number' ? byteLength : byteLength())
  return opened as T
}

/** Whether the system refused. */
export function isFailure(result: unknown): result is SystemFailure {
  return typeof result === 'object' && result !== null && 'syscall' in result
}
