import { accessSync, closeSync, constants, openSync, readSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'
import { FIRST_LINE_MAX, parseFirstLine } from '../recording/format.js'
import { CommandError, reasonOf } from './command-error.js'
import { PACKAGE_ROOT } from './package-info.js'

// What can go wrong with `holdfast run` goes wrong before the program starts.

/** The file that the runtime would run. */
export function findScript(script: string): string {
  const path = resolve(script)
  try {
    return createRequire(join(process.cwd(), 'script')).resolve(path)
  } catch {
    throw new CommandError(`there is no program ${script} in ${process.cwd()}.`)
  }
}

/**
 * The module `holdfast/tracking` of the copy of the library that the program uses. The channels are those of
 * all copies, the level belongs to one.
 */
export function findTracking(program: string): string {
  const require = createRequire(program)
  try {
    return require.resolve('holdfast/tracking')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ERR_PACKAGE_PATH_NOT_EXPORTED') {
      throw new CommandError('the program uses a copy of holdfast that is too old to be recorded. Update it.')
    }
    // It has none, or what uses it has one of its own.
    return join(PACKAGE_ROOT, 'dist', 'tracking', 'index.js')
  }
}

/** Throws unless the recording can be written there; an earlier recording may be replaced, nothing else. */
export function checkOutput(output: string | undefined): void {
  const path = output ?? '.'
  try {
    if (output === undefined) accessSync('.', constants.W_OK)
    else checkReplaceable(output)
  } catch (error) {
    if (error instanceof CommandError) throw error
    throw new CommandError(`cannot write the recording to ${path}: ${reasonOf(error)}.`)
  }
}

function checkReplaceable(path: string): void {
  const descriptor = openSync(path, 'a+')
  try {
    const start = Buffer.alloc(FIRST_LINE_MAX)
    const length = readSync(descriptor, start, 0, FIRST_LINE_MAX, 0)
    if (length === 0 || parseFirstLine(start.subarray(0, length)) !== undefined) return
    throw new CommandError(`${path} is there already, and is no recording. Name another file with -o.`)
  } finally {
    closeSync(descriptor)
  }
}
