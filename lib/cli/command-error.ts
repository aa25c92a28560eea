import { inspect } from 'node:util'
import { RecordingError } from '../recording/recording-error.js'

// Every error of whoever uses the command is one line that says what to do, and exit code 2.

export const ExitCode = { fine: 0, foundSomething: 1, wrongUse: 2 } as const

/** The command cannot do what it was asked to. */
export class CommandError extends Error {
  override readonly name = 'CommandError'
}

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'permission is denied',
  EISDIR: 'it is a directory',
  EMFILE: 'too many files are open',
  ENAMETOOLONG: 'the name is too long',
  ENOENT: 'there is no such file or directory',
  ENOSPC: 'the disk is full',
  ENOTDIR: 'a part of the path is no directory',
  EPERM: 'the system does not permit it',
  EROFS: 'the disk is read-only',
}

/** Why something went wrong with a file, for the end of a sentence. Throws what does not come from the system. */
export function reasonOf(error: unknown): string {
  const { code, syscall } = error as NodeJS.ErrnoException
  if (code === undefined || syscall === undefined) throw error
  return REASONS[code] ?? `${code} in ${syscall}`
}

/** As {@link CommandError}, for what reading a recording throws. */
export function unreadable(path: string, error: unknown): CommandError {
  const reason = error instanceof RecordingError ? error.message : `${reasonOf(error)}.`
  return new CommandError(`cannot read ${path}: ${reason}`)
}

/** What goes to standard error: a line for what was foreseen, everything that is known for what was not. */
export function describeFailure(error: unknown): string {
  if (error instanceof CommandError) return `holdfast: ${error.message.replace(/\s*\n\s*/g, ' ')}`
  return `holdfast: this should not happen. Please report it.\n${inspect(error)}`
}
