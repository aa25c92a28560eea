import { InvalidOperationError, recogniseAcrossCopies } from '../../errors.js'

/** Names of a path that a message shows at most, half of them from each end. */
const MAX_NAMES = 20

/**
 * A service cannot be registered, or cannot be had. Code `ERR_HOLDFAST_SERVICE`; `cause` is what a constructor or a
 * factory threw, if that is the reason.
 */
export class ServiceError extends InvalidOperationError {
  /** Names of services, from the one that was asked for to the one at fault. */
  readonly path: string[]

  /**
   * The library throws these; others may, too.
   *
   * @param reason a sentence; the path is added to it
   * @param path names of services, from the one that was asked for to the one at fault
   * @param options `cause`: what a constructor or a factory threw
   */
  constructor(reason: string, path: string[], options?: ErrorOptions) {
    super(path.length > 1 ? `${reason} Path: ${describePath(path)}.` : reason, {
      ...options,
      code: 'ERR_HOLDFAST_SERVICE',
    })
    this.path = path
  }
}

recogniseAcrossCopies(ServiceError)

function describePath(path: readonly string[]): string {
  if (path.length <= MAX_NAMES) return path.join(' -> ')
  const half = MAX_NAMES / 2
  const left = path.length - MAX_NAMES
  return [...path.slice(0, half), `… ${left} more …`, ...path.slice(-half)].join(' -> ')
}
