import { suppress } from './errors.js'
import * as symbols from './symbols.js'
import { checkFunction, invalidType } from './validate.js'

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
  const resources: readonly unknown[] = Array.isArray(resource) ? [...resource] : [resource]
  checkUsable(resources, body)
  let result: T
  try {
    result = body(resource)
  } catch (error) {
    throw disposeAll(resources as Disposable[], { error })?.error
  }
  if (isThenable(result)) {
    return result.then(
      (value) => {
        throwIfAny(disposeAll(resources as Disposable[], undefined))
        return value
      },
      (error: unknown) => {
        throw disposeAll(resources as Disposable[], { error })?.error
      },
    ) as T
  }
  throwIfAny(disposeAll(resources as Disposable[], undefined))
  return result
}

interface Failure {
  error: unknown
}

function isDisposable(value: unknown): value is Disposable {
  return value !== null && value !== undefined && typeof (value as Disposable)[symbols.dispose] === 'function'
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function'
}

/** What was given is disposed of even when the call is refused: nobody else would. */
function checkUsable(resources: readonly unknown[], body: unknown): void {
  try {
    resources.forEach((resource, index) => {
      if (isDisposable(resource)) return
      const name = resources.length === 1 ? 'resource' : `resource[${index}]`
      throw invalidType(name, 'an object with a method Symbol.dispose', resource)
    })
    checkFunction('body', body)
  } catch (error) {
    throw disposeAll(resources.filter(isDisposable), { error })?.error
  }
}

function disposeAll(resources: readonly Disposable[], failure: Failure | undefined): Failure | undefined {
  let last = failure
  for (const resource of [...resources].reverse()) {
    try {
      resource[symbols.dispose]()
    } catch (error) {
      last = { error: last === undefined ? error : suppress(error, last.error) }
    }
  }
  return last
}

function throwIfAny(failure: Failure | undefined): void {
  if (failure !== undefined) throw failure.error
}
