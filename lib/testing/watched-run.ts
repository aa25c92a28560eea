import type { HandleFilter } from './handle-filter.js'
import { type HandlesLeft, HandleWatch } from './handle-watch.js'
import { nestedContext, runIn } from './test-context.js'

interface WatchedRun<T> {
  readonly filter: HandleFilter
  readonly body: (watch: HandleWatch) => T
}

type Conclude<T, R> = (left: HandlesLeft, watch: HandleWatch, result: Awaited<T>) => R

/**
 * Runs a function, waits for it if it returns a promise, and draws a conclusion from the handles that it has left.
 * What the function throws is thrown, without a conclusion.
 */
export function watchRun<T, R>({ filter, body }: WatchedRun<T>, conclude: Conclude<T, R>): R | Promise<R> {
  const context = nestedContext()
  const watch = new HandleWatch({ context, filter, takesStrays: true })
  let isPending = false
  try {
    const result = runIn(context, () => body(watch))
    if (isThenable(result)) {
      isPending = true
      return concludeLater(watch, result, conclude)
    }
    return conclude(watch.left(), watch, result as Awaited<T>)
  } finally {
    if (!isPending) watch.end()
  }
}

async function concludeLater<T, R>(watch: HandleWatch, result: T, conclude: Conclude<T, R>): Promise<R> {
  try {
    const value = await result
    return conclude(await watch.leftInTheEnd(), watch, value)
  } finally {
    watch.end()
  }
}

function isThenable(value: unknown): boolean {
  return typeof (value as { then?: unknown } | null | undefined)?.then === 'function'
}
