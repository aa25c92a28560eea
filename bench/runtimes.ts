import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { delimiter } from 'node:path'
import { executableOf, installRuntimes, type RuntimeName } from './runtime-packages.js'
import { UserError } from './user-error.js'

/** The major versions of Node on which some questions are asked. */
export const MAJORS = [20, 24, 26] as const

export interface Runtime {
  /** `Node 24` */
  readonly name: string
  /** undefined: not on this machine. */
  readonly executable?: { readonly path: string; readonly version: string }
}

export interface RuntimeOptions {
  /** Executables given by hand. */
  readonly executables: readonly string[]
  /** Whether to install what is missing. */
  readonly install: boolean
}

/** Executables besides those on the command line, separated like those of PATH. */
const ENVIRONMENT_VARIABLE = 'HOLDFAST_BENCH_NODES'

/** The runtime that this process runs on. */
export const CURRENT: Runtime = {
  name: nameOf(process.version),
  executable: { path: process.execPath, version: process.version },
}

/** The current runtime, those given by hand, and a place for each of the majors, found or not. */
export function findRuntimes({ executables, install }: RuntimeOptions): Runtime[] {
  const fromEnvironment = (process.env[ENVIRONMENT_VARIABLE] ?? '').split(delimiter).filter((path) => path !== '')
  const found = new Map([[CURRENT.name, CURRENT]])
  for (const path of [...executables, ...fromEnvironment]) {
    const runtime = runtimeAt(path)
    found.set(runtime.name, runtime)
  }
  const missing = MAJORS.map((major): RuntimeName => `Node ${major}`).filter((name) => !found.has(name))
  if (install) installRuntimes(missing)
  for (const name of missing) {
    const path = executableOf(name)
    found.set(name, existsSync(path) ? runtimeAt(path) : { name })
  }
  return [...found.values()].sort((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true }))
}

function nameOf(version: string): string {
  return `Node ${/^v(\d+)\./.exec(version)?.[1]}`
}

function runtimeAt(path: string): Runtime {
  const { status, stdout, error } = spawnSync(path, ['--version'], { encoding: 'utf8' })
  const version = status === 0 ? stdout.trim() : ''
  if (/^v\d+\./.test(version)) return { name: nameOf(version), executable: { path, version } }
  throw new UserError(`Expected the executable of a Node.js runtime, and ${path} is none.`, { cause: error })
}
