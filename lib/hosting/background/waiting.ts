import { setImmediate } from 'node:timers'

/** Lets the event loop turn once. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

/**
 * Waits, until the signal is aborted. With the timers of the global object, so that tests that have replaced them say
 * when the time has passed.
 */
export function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve()
    const end = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, milliseconds)
    signal.addEventListener('abort', end)
  })
}

/** Waits until the promise is settled, either way, or the signal is aborted. */
export function settled(promise: Promise<unknown>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve()
    const end = () => {
      signal.removeEventListener('abort', end)
      resolve()
    }
    signal.addEventListener('abort', end)
    promise.then(end, end)
  })
}

/** Whether the error only says that the signal was aborted. By its name: test runners have an `Error` of their own. */
export function isAbort(error: unknown, signal: AbortSignal): boolean {
  return signal.aborted && (error as { readonly name?: unknown } | null | undefined)?.name === 'AbortError'
}
