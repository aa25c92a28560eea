import { checkFunction, checkInteger, checkObject, invalidType } from '../validate.js'
import { handleFilter } from './handle-filter.js'
import { leakErrorOf } from './leak-message.js'
import { watchRun } from './watched-run.js'

/** What a matcher answers, in vitest, Jest and Bun alike. */
export interface MatcherResult {
  /** Whether what was expected is so. */
  readonly pass: boolean
  /** Of a matcher that has passed: what to say where it should not have. */
  message(): string
}

const everything = handleFilter({})

/**
 * For `expect.extend(handleMatchers)`, where the test runner has that. `holdfast/vitest` does so by itself.
 */
export const handleMatchers = {
  /** A function disposes of every handle that it opens. With one that returns a promise, to be awaited. */
  toLeakNoHandles(received: unknown): MatcherResult | Promise<MatcherResult> {
    checkFunction('received', received)
    return watchRun({ filter: everything, body: () => (received as () => unknown)() }, (left, watch) => {
      const error = leakErrorOf(left)
      if (error !== undefined) watch.excuseLeft()
      return {
        pass: error === undefined,
        message: () =>
          error?.message ??
          `Expected the function to leak handles. It left none of the ${watch.opened} that it opened.`,
      }
    })
  },

  /**
   * A function opens so many handles, of each kind that is named. With one that returns a promise, to be awaited.
   *
   * @param expected numbers of handles, by kind
   */
  toOpenHandles(received: unknown, expected: Readonly<Record<string, number>>): MatcherResult | Promise<MatcherResult> {
    checkFunction('received', received)
    checkObject('expected', expected)
    const counts = Object.entries(expected)
    for (const [kind, count] of counts) checkInteger(`expected.${kind}`, count, 0, Number.MAX_SAFE_INTEGER)
    return watchRun({ filter: everything, body: () => (received as () => unknown)() }, (_left, watch) => {
      const opened = counts.map(([kind]) => [kind, watch.openedOf(kind)] as const)
      return {
        pass: counts.every(([kind, count]) => watch.openedOf(kind) === count),
        message: () => `Expected the function to open ${list(counts)}. It opened ${list(opened)}.`,
      }
    })
  },

  /** A handle, or whatever says so with `isDisposed` or `disposed`, was disposed of. */
  toBeDisposed(received: unknown): MatcherResult {
    const { isDisposed, disposed } = (received ?? {}) as { isDisposed?: unknown; disposed?: unknown }
    const pass = isDisposed ?? disposed
    if (typeof pass !== 'boolean') throw invalidType('received', 'an object with isDisposed or disposed', received)
    const name = (received as object).constructor?.name || 'object'
    return {
      pass,
      message: () =>
        pass
          ? `Expected this ${name} to be open. It was disposed.`
          : `Expected this ${name} to be disposed. It is open.`,
    }
  },
}

function list(counts: readonly (readonly [kind: string, count: number])[]): string {
  return counts.map(([kind, count]) => `${count} of kind ${kind}`).join(' and ')
}
