import { hasShutdownStarted } from './thread-end.js'

export interface WarningOptions {
  readonly type: string
  readonly code: string
  /** More lines. */
  readonly detail?: string
}

/** A process warning, also while the process ends: `process.emitWarning` waits for a tick that does not come then. */
export function emitWarning(message: string, { type, code, detail }: WarningOptions): void {
  const details = { code, ...(detail ? { detail } : {}) }
  if (!hasShutdownStarted()) {
    // Not as an Error: in contexts made by `vm` the runtime would not take ours for one, and throw.
    process.emitWarning(message, { type, ...details })
    return
  }
  try {
    process.emit('warning', Object.assign(new Error(message), { name: type, ...details }))
  } catch {
    // A listener that throws must not keep the other handles from being released.
  }
}
