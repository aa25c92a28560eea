import type { FailureDetails, SystemFailure } from './binding.js'
import { describeErrno } from './errno.js'
import { SystemError } from './errors.js'
import { outOfMemory } from './native-limit.js'
import { withReclamation, withReclamationAsync } from './refusal.js'

/** The details of a failure; the system call is not known when there was no memory to tell it. */
export function detailsOf(failure: SystemFailure): FailureDetails {
  return typeof failure === 'number' ? { errno: -1 - failure, syscall: 'a system call' } : failure
}

/** In the words that `node:fs` has for it. */
export function systemError(failure: SystemFailure, path?: string): SystemError {
  const details = detailsOf(failure)
  const { errno, code, text } = describeErrno(details.errno)
  return new SystemError(code, text, { errno, syscall: details.syscall, ...(path !== undefined && { path }) })
}

/** Of these the process or the system has none left, and something that nobody uses may hold some. */
const EXHAUSTIONS: ReadonlySet<string> = new Set(['EMFILE', 'ENFILE', 'ENOMEM'])

function isExhaustion(failure: SystemFailure): boolean {
  return EXHAUSTIONS.has(describeErrno(detailsOf(failure).errno).code)
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
  const attempt = new Attempt<T>()
  withReclamation(() => attempt.settled(open()), byteLength)
  return attempt.opened(path, byteLength)
}

/** The same for something that is opened on the thread pool, and adds no native bytes. */
export async function openOrThrowAsync<T>(
  open: () => Promise<T | SystemFailure | 0 | undefined>,
  { path }: { path?: string | undefined } = {},
): Promise<T> {
  const attempt = new Attempt<T>()
  await withReclamationAsync(async () => attempt.settled(await open()))
  return attempt.opened(path, 0)
}

/** What came of opening something the last time it was tried. */
class Attempt<T> {
  #result: T | SystemFailure | 0 | undefined

  /** undefined: it may go better after a collection. */
  settled(result: T | SystemFailure | 0 | undefined): true | undefined {
    this.#result = result
    const isFinal = isFailure(result) ? !isExhaustion(result) : Boolean(result)
    return isFinal || undefined
  }

  opened(path: string | undefined, byteLength: number | (() => number)): T {
    if (isFailure(this.#result)) throw systemError(this.#result, path)
    if (!this.#result) throw outOfMemory(typeof byteLength === 'number' ? byteLength : byteLength())
    return this.#result
  }
}

/** Whether the system refused. */
export function isFailure(result: unknown): result is SystemFailure {
  if (typeof result === 'number') return result < -1
  return typeof result === 'object' && result !== null && 'syscall' in result
}
