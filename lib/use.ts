import { asyncDisposerOf, type Disposer, disposeAll, disposeAllAsync, disposerOf } from './disposal.js'
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
    collectDisposers(disposers, resource, disposerOf)
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
 * The `await using` statement as a function: runs `body` with the resource, or with an array of them, and
 * disposes of them afterwards, one after the other, the last one first, whatever happens.
 *
 * @param resource one object with `Symbol.asyncDispose` or else `Symbol.dispose`, or an array of them
 * @param body gets what was given; what it returns is awaited before disposing
 * @returns a promise of what `body` returns. It is rejected, and nothing is thrown:
 *   - with a TypeError when a resource has neither method; `body` is not called then, and the other
 *     resources are disposed
 *   - with what `body` throws, and what disposing throws; several errors as a `SuppressedError`
 */
export async function useAsync<
  const R extends AsyncDisposable | Disposable | readonly (AsyncDisposable | Disposable)[],
  T,
>(resource: R, body: (resource: R) => T): Promise<Awaited<T>> {
  const disposers: Disposer[] = []
  let result: Awaited<T>
  try {
    collectDisposers(disposers, resource, asyncDisposerOf)
    checkFunction('body', body)
    result = await body(resource)
  } catch (error) {
    return await disposeAllAsync(disposers, { error })
  }
  await disposeAllAsync(disposers)
  return result
}

/**
 * When one resource is refused, the disposers of the others are collected all the same: nobody else would
 * dispose of them.
 */
function collectDisposers(
  disposers: Disposer[],
  given: unknown,
  find: (name: string, resource: unknown) => Disposer,
): void {
  const resources: readonly unknown[] = Array.isArray(given) ? given : [given]
  const refusals: unknown[] = []
  for (const [index, resource] of resources.entries()) {
    try {
      disposers.push(find(resources.length === 1 ? 'resource' : `resource[${index}]`, resource))
    } catch (error) {
      refusals.push(error)
    }
  }
  if (refusals.length > 0) throw refusals[0]
}

/** @internal */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function'
}
