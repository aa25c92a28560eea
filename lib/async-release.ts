import { type Failure, suppress } from './suppressed-error.js'

/** The release of a handle that somebody awaits. */
export interface AwaitedRelease {
  readonly promise: Promise<void>
  /** Releases, now that nothing keeps the handle open. Throws what a synchronous release throws. */
  proceed(): void
}

const underWay = new WeakMap<object, AwaitedRelease>()

export function releaseUnderWay(handle: object): AwaitedRelease | undefined {
  return underWay.get(handle)
}

/**
 * @param failure what went wrong before the release; the promise rejects with it after the release
 * @param release may return a promise, and may throw
 */
export function awaitRelease(
  handle: object,
  failure: Failure | undefined,
  release: () => Promise<void> | void,
): AwaitedRelease {
  let resolve!: () => void
  let reject!: (error: unknown) => void
  const promise = new Promise<void>((onResolve, onReject) => {
    resolve = onResolve
    reject = onReject
  })

  const succeed = () => {
    underWay.delete(handle)
    if (failure === undefined) resolve()
    else reject(failure.error)
  }
  const fail = (error: unknown) => {
    underWay.delete(handle)
    reject(suppress(error, failure))
  }
  const proceed = () => {
    let pending: Promise<void> | void
    try {
      pending = release()
    } catch (error) {
      fail(error)
      throw error
    }
    if (pending === undefined) succeed()
    else pending.then(succeed, fail)
  }

  const awaited = { promise, proceed }
  underWay.set(handle, awaited)
  return awaited
}

/** The same for a release that has begun, or is done already. */
export function awaitReleased(
  handle: object,
  failure: Failure | undefined,
  released: Promise<void> | void,
): Promise<void> {
  const disposal = awaitRelease(handle, failure, () => released)
  disposal.proceed()
  return disposal.promise
}
