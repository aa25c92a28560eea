import { ExitCode } from './command-error.js'
import { readForCommand } from './recording-input.js'
import { writeOutput } from './report-command.js'

export const FORMATS = ['heapprofile', 'pprof', 'speedscope'] as const

export interface ExportOptions {
  format: (typeof FORMATS)[number]
  output?: string
}

export async function exportRecording(path: string, { format, output }: ExportOptions): Promise<number> {
  const recording = readForCommand(path)
  const { exportProfile } = await import('../profiles/index.js')
  const profile = exportProfile(recording, format)
  if (output === '-') {
    process.stdout.write(profile)
    return ExitCode.fine
  }
  const target = output ?? `${path}.${format}`
  writeOutput(target, profile)
  process.stdout.write(`${target}\n`)
  return ExitCode.fine
}
