import { type ChildProcess, spawn } from 'node:child_process'
import { constants } from 'node:os'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { explainLeftHandles } from '../holders/explain-left-handles.js'
import { appendEnd, appendHolders } from '../recording/amend-recording.js'
import type { Recording } from '../recording/recording.js'
import { CommandError, describeFailure, ExitCode, unreadable } from './command-error.js'
import { readQuietly } from './recording-input.js'
import { defaultFileName, type RecordingSettings, SETTINGS_VARIABLE, snapshotFile } from './recording-settings.js'
import { checkOutput, findScript, findTracking } from './run-preparation.js'
import { describeFates, worstSites } from './summary.js'
import { Progress, painter } from './terminal.js'
import { plural, shellWord } from './text.js'

export const LEVELS = ['off', 'counts', 'sampled', 'full'] as const

export interface RunOptions {
  output?: string
  level: (typeof LEVELS)[number]
  failOnLeak?: boolean
  /** Whether to find out what holds the handles that are left. */
  holders: boolean
}

/** How a program ended: with a code, or by a signal. */
interface ProgramEnd {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

export async function run(script: string, args: string[], options: RunOptions): Promise<number> {
  const program = findScript(script)
  checkOutput(options.output)
  const settings: RecordingSettings = {
    parent: process.pid,
    file: options.output,
    level: options.level,
    holders: options.holders,
    tracking: pathToFileURL(findTracking(program)).href,
    script,
  }
  const child = start(program, args, settings)
  const received = forwardSignals(child)
  const end = await ended(child)
  const file = options.output ?? defaultFileName(child.pid as number)
  const recording = await finishRecording(file, end)
  if (end.signal !== null && received.has(end.signal)) {
    // Whoever sent it wants to see that it worked.
    process.removeAllListeners(end.signal)
    process.kill(process.pid, end.signal)
  }
  const code = end.signal === null ? (end.code as number) : 128 + constants.signals[end.signal]
  return code === 0 && options.failOnLeak ? judge(recording) : code
}

function start(program: string, args: readonly string[], settings: RecordingSettings): ChildProcess {
  return spawn(process.execPath, [...loaderArguments(), program, ...args], {
    stdio: 'inherit',
    env: { ...process.env, [SETTINGS_VARIABLE]: JSON.stringify(settings) },
  })
}

/** How the runtime is made to load the recorder before the program. */
function loaderArguments(): string[] {
  const { bun, deno } = process.versions as { bun?: string; deno?: string }
  const { href } = new URL('recorded-program.js', import.meta.url)
  if (bun !== undefined) return [...process.execArgv, '--preload', fileURLToPath(href)]
  // Deno does not tell which permissions it was given; without all of these the addon would not load.
  if (deno !== undefined) return ['run', '--allow-all', '--preload', href]
  return [...process.execArgv, '--import', href]
}

const FORWARDED = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const

/**
 * The command lives on until the program has ended. What a terminal sends it sends to both: twice might be
 * taken for impatience.
 *
 * @returns the signals that came
 */
function forwardSignals(child: ChildProcess): Set<NodeJS.Signals> {
  const received = new Set<NodeJS.Signals>()
  const hasTerminal = process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY
  for (const signal of FORWARDED) {
    process.on(signal, () => {
      received.add(signal)
      if (signal === 'SIGTERM' || !hasTerminal) child.kill(signal)
    })
  }
  return received
}

function ended(child: ChildProcess): Promise<ProgramEnd> {
  return new Promise((resolve, reject) => {
    child.once('error', (error) => reject(new CommandError(`the program could not be started: ${error.message}.`)))
    child.once('exit', (code, signal) => resolve({ code, signal }))
  })
}

/** Says what was recorded, in one line, and returns it; undefined when it cannot be read. */
async function finishRecording(file: string, end: ProgramEnd): Promise<Recording | undefined> {
  try {
    const recording = readQuietly(file)
    completeEnd(file, recording, end)
    await addHolders(file)
    const counts = describeCounts(recording)
    const name = shellWord(file)
    const paint = painter(process.stderr)
    process.stderr.write(`holdfast: recorded ${paint('bold', name)}: ${counts}. To see it: holdfast report ${name}\n`)
    return recording
  } catch (error) {
    // The program has run: how it ended is told all the same.
    process.stderr.write(`${describeFailure(error)}\n`)
    return undefined
  }
}

async function addHolders(file: string): Promise<void> {
  const progress = new Progress('Reading what holds the handles that are left')
  try {
    const sites = await explainLeftHandles(snapshotFile(file), process.cwd(), progress.update)
    if (sites.length > 0) appendHolders(file, sites)
  } catch (error) {
    const { message } = error as Error
    process.stderr.write(`note: it is not known what holds the handles that are left: ${message}\n`)
  } finally {
    progress.end()
  }
}

function describeCounts({ header, total }: Recording): string {
  if (header.level === 'off') return 'no handles, since the level is off'
  return total.opened === 0 ? 'no handle was opened' : `${plural(total.opened, 'handle')}, ${describeFates(total)}`
}

/** A program that was killed, or that ended in its last moment in another way than it meant to, could not say so. */
function completeEnd(file: string, { header, end }: Recording, { code, signal }: ProgramEnd): void {
  if (code !== null && end?.exitCode === code) return
  const at = Date.now() - header.startedAt
  try {
    appendEnd(file, code === null ? { at, signal: signal as string } : { at, exitCode: code })
  } catch (error) {
    throw unreadable(file, error)
  }
}

function judge(recording: Recording | undefined): number {
  if (recording === undefined) return ExitCode.wrongUse
  const { live, finalized } = recording.total
  if (live === 0 && finalized === 0) return ExitCode.fine
  const sites = worstSites(recording, (site) => site.live > 0 || site.finalized > 0)
  process.stderr.write(`${sites.join('\n')}\n`)
  return ExitCode.foundSomething
}
