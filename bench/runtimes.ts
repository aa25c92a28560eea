import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { PROJECT } from './project.js'
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
  const missing = MAJORS.filter((major) => !found.has(`Node ${major}`))
  if (install) installMajors(missing.filter((major) => !existsSync(installedPath(major))))
  for (const major of missing) {
    const path = installedPath(major)
    const name = `Node ${major}`
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

const CACHE = join(PROJECT, 'out', 'runtimes')
const IS_WINDOWS = process.platform === 'win32'

function installedPath(major: number): string {
  return join(CACHE, 'node_modules', `node-${major}`, 'bin', IS_WINDOWS ? 'node.exe' : 'node')
}

/** The runtimes come as npm packages that contain the executable; nothing of them is run to install it. */
function installMajors(majors: readonly number[]): void {
  if (majors.length === 0) return
  mkdirSync(CACHE, { recursive: true })
  const packageName = `node-${IS_WINDOWS ? 'win' : process.platform}-${process.arch}`
  const specifiers = majors.map((major) => `node-${major}@npm:${packageName}@${major}`)
  console.error(`installing ${specifiers.join(' ')} into out/runtimes ...`)
  const { status } = spawnSync('npm', ['install', '--prefix', CACHE, '--ignore-scripts', ...specifiers], {
    stdio: ['ignore', 'ignore', 'inherit'],
    shell: IS_WINDOWS,
  })
  if (status !== 0) throw new UserError('npm could not install the other runtimes.')
}
