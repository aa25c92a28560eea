import { hasShutdownStarted } from './thread-end.js'

export interface WarningOptions {
  readonly type: string
  readonly code: string
  /** More lines. */
  readonly detail?: string
}

/** A process warning, also while the process ends: `process.emitWarning` waits for a tick that does not come then. */
export function emitWarning(message: string, { type, code, detail }: WarningOptions): void {
  const warning = Object.assign(new Error(message), { name: type, code, ...(detail ? { detail } : {}) })
  if (!hasShutdownStarted()) {
    process.emitWarning(warning)
    return
  }
  try {
    process.emit('warning', warning)
  } catch {
    // A listener that throws must not keep the other handles from being released.
  }
}
