import { describeThrown, stackOfThrown } from '../../errors.js'
import { emitWarning } from '../../warnings.js'

// Errors that nobody waits for.

/** @param what for example 'The background service Mailer failed' */
export function warnOfService(what: string, error: unknown, consequence: string): void {
  emitWarning(`${what}: ${describeThrown(error)}. ${consequence}`, {
    type: 'HostedServiceWarning',
    code: 'HOLDFAST_BACKGROUND_ERROR',
    detail: stackOfThrown(error),
  })
}

/**
 * A host has stopped by itself. A process that has nothing else to do then must not end as if all were well: it throws
 * the error at last.
 *
 * @returns to be called when somebody has asked for the error after all
 */
export function reportUnasked(error: unknown): () => void {
  warnOfService('A host has stopped', error, 'Nobody has called run() or stop(), which reject with that error.')
  const rethrow = () => {
    throw error
  }
  process.once('beforeExit', rethrow)
  return () => process.off('beforeExit', rethrow)
}
