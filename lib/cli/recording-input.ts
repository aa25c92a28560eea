import { readRecording } from '../recording/read-recording.js'
import type { Recording } from '../recording/recording.js'
import { unreadable } from './command-error.js'
import { Progress, painter } from './terminal.js'

/**
 * Reads a recording that somebody named, and tells on standard error what it lacks.
 *
 * @throws CommandError when it cannot be read
 */
export function readForCommand(path: string): Recording {
  const recording = readQuietly(path)
  const paint = painter(process.stderr)
  for (const note of recording.notes) process.stderr.write(`${paint('yellow', 'note:')} ${path}: ${note}\n`)
  return recording
}

/** The same, without the notes. */
export function readQuietly(path: string): Recording {
  const progress = new Progress(`Reading ${path}`)
  try {
    return readRecording(path, progress.update)
  } catch (error) {
    throw unreadable(path, error)
  } finally {
    progress.end()
  }
}
