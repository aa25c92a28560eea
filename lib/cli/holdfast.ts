#!/usr/bin/env node
import { CommanderError } from '../vendor/commander.js'
import { CommandError, describeFailure, ExitCode, reasonOf } from './command-error.js'
import { commandLine } from './command-line.js'

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // Whoever reads the output may have seen enough.
  if (error.code === 'EPIPE') process.exit()
  const failure = new CommandError(`cannot write to standard output: ${reasonOf(error)}.`)
  process.stderr.write(`${describeFailure(failure)}\n`)
  process.exit(ExitCode.wrongUse)
})

try {
  if (process.argv.length <= 2) {
    throw new CommandError('name a command: run, report, export, diff, check or doctor. See holdfast --help.')
  }
  await commandLine((exitCode) => {
    process.exitCode = exitCode
  }).parseAsync()
} catch (error) {
  // Help and version come this way, too; the message of a wrong use was printed.
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? ExitCode.fine : ExitCode.wrongUse
  else {
    process.exitCode = ExitCode.wrongUse
    process.stderr.write(`${describeFailure(error)}\n`)
  }
}
