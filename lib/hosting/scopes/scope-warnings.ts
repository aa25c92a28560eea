import { describeThrown, stackOfThrown } from '../../errors.js'
import { SuppressedError } from '../../suppressed-error.js'
import { emitWarning } from '../../warnings.js'

/** Something failed in the disposal of services, and nobody is there to be told. */
export function warnOfDisposal(error: unknown): void {
  if (error instanceof SuppressedError) {
    warnOfDisposal(error.suppressed)
    warnOfDisposal(error.error)
    return
  }
  emitWarning(`Disposing of a service failed: ${describeThrown(error)}. It will not be tried again.`, {
    type: 'HandleReleaseWarning',
    code: 'HOLDFAST_RELEASE',
    detail: stackOfThrown(error),
  })
}

/** The disposal of a scope takes longer than was thought. */
export function warnOfWaiting(scope: string, milliseconds: number, reason: string): void {
  emitWarning(`Disposing of a ${scope} has been waiting for ${milliseconds} ms for ${reason}.`, {
    type: 'ServiceLifetimeWarning',
    code: 'HOLDFAST_DISPOSAL_WAITS',
  })
}
