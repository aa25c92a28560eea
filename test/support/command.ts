import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { expect } from 'vitest'
import { type ChildOptions, type ChildResult, describeResult, runChild } from './child.js'

// The command, as a child process. It needs `npm run build` first.

const COMMAND = new URL('../../dist/cli/holdfast.js', import.meta.url)

/** Runs `holdfast <args>` in a directory. */
export function runCommand(args: readonly string[], cwd: string, options: ChildOptions = {}): Promise<ChildResult> {
  return runChild(COMMAND, { ...options, args, cwd, env: { HOLDFAST_TRACKING: undefined, ...options.env } })
}

/** What every wrong use comes to: exit code 2, and one line on standard error that matches. */
export async function expectWrongUse(args: readonly string[], cwd: string, message: RegExp): Promise<void> {
  const result = await runCommand(args, cwd)
  expect([result.code, result.stdout], describeResult(result)).toEqual([2, ''])
  expect(result.stderr).toMatch(/^holdfast: [^\n]+\n$/)
  expect(result.stderr).toMatch(message)
}

/** A path of a program to record. */
export function fixture(name: string): string {
  return fileURLToPath(new URL(`../cli/fixtures/${name}`, import.meta.url))
}

/** A command that goes on for ever, until it is killed. */
export interface EndlessCommand extends AsyncDisposable {
  readonly process: ChildProcess
  /** The process id of the program. */
  readonly program: number
  /** Resolves when the command has ended. */
  readonly ended: Promise<{ code: number | null; signal: NodeJS.Signals | null; stderr: string }>
}

/** Starts `holdfast run` of a program that prints its process id, and `ready` when it is to be killed. */
export async function startEndless(args: readonly string[], cwd: string): Promise<EndlessCommand> {
  const child = spawn(process.execPath, [fileURLToPath(COMMAND), 'run', ...args], { cwd, stdio: 'pipe' })
  let stderr = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  const ended = once(child, 'close').then(([code, signal]) => ({ code, signal, stderr }))
  let stdout = ''
  for await (const text of child.stdout.setEncoding('utf8')) {
    stdout += text
    if (stdout.includes('ready')) break
  }
  const program = Number(/pid (\d+)/.exec(stdout)?.[1])
  if (!(program > 0)) throw new Error(`The program did not start.\n${stdout}\n${stderr}`)
  return {
    process: child,
    program,
    ended,
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill('SIGKILL')
        kill(program)
      }
      await ended
    },
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It has ended already.
  }
}
