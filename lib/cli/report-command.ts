import { writeFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { CommandError, ExitCode, reasonOf } from './command-error.js'
import { readForCommand } from './recording-input.js'
import { summarize } from './summary.js'
import { painter } from './terminal.js'

export interface ReportOptions {
  output?: string
  open?: boolean
  compare?: string
}

export async function report(path: string, options: ReportOptions): Promise<number> {
  const recording = readForCommand(path)
  const comparedWith = options.compare === undefined ? undefined : readForCommand(options.compare)
  const { renderReport } = await import('../report/index.js')
  const output = options.output ?? `${path}.html`
  writeOutput(output, renderReport(recording, comparedWith === undefined ? {} : { comparedWith }))
  process.stdout.write(`${output}\n\n${summarize(recording, painter(process.stdout))}`)
  if (options.open) await openInBrowser(output)
  return ExitCode.fine
}

/** @throws CommandError when the file cannot be written */
export function writeOutput(path: string, content: string | Uint8Array): void {
  try {
    writeFileSync(path, content)
  } catch (error) {
    throw new CommandError(`cannot write ${path}: ${reasonOf(error)}.`)
  }
}

async function openInBrowser(path: string): Promise<void> {
  const { open } = await import('../vendor/open.js')
  try {
    await open(pathToFileURL(path).href)
  } catch {
    process.stderr.write(`note: no browser could be started. Open ${path} in one.\n`)
  }
}
