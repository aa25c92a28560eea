import { type Disposer, disposeAll, disposerOf } from './disposal.js'
import { checkFunction } from './validate.js'

/**
 * The `using` statement as a function, for languages and targets that have none: runs `body` with the
 * resource, or with an array of them, and disposes of them afterwards, the last one first, whatever
 * happens.
 *
 * @param resource one disposable object, or an array of them
 * @param body gets what was given; when it returns a promise, that is awaited before disposing
 * @returns what `body` returns
 * @throws TypeError when a resource has no `Symbol.dispose`; `body` is not called then, and the other
 *   resources are disposed
 * @throws what `body` throws, and what disposing throws; several errors as a `SuppressedError`
 */
export function use<const R extends Disposable | readonly Disposable[], T>(resource: R, body: (resource: R) => T): T {
  const disposers: Disposer[] = []
  let result: T
  try {
    collectDisposers(disposers, resource)
    checkFunction('body', body)
    result = body(resource)
  } catch (error) {
    return disposeAll(disposers, { error })
  }
  if (isThenable(result)) {
    return result.then(
      (value) => {
        disposeAll(disposers)
        return value
      },
      (error: unknown) => disposeAll(disposers, { error }),
    ) as T
  }
  disposeAll(disposers)
  return result
}

/**
 * When one resource is refused, the disposers of the others are collected all the same: nobody else would
 * dispose of them.
 */
function collectDisposers(disposers: Disposer[], given: unknown): void {
  const resources: readonly unknown[] = Array.isArray(given) ? given : [given]
  const refusals: unknown[] = []
  for (const [index, resource] of resources.entries()) {
    try {
      disposers.push(disposerOf(resources.length === 1 ? 'resource' : `resource[${index}]`, resource))
    } catch (error) {
      refusals.push(error)
    }
  }
  if (refusals.length > 0) throw refusals[0]
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function'
}
