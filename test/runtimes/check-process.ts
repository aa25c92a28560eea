import { execFileSync, spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { PROJECT } from '../../bench/project.js'
import { executableOf, type RuntimeName } from '../../bench/runtime-packages.js'
import { environment } from '../support/child.js'
import type { Observation, Observations } from './observation.js'

const SCRIPT = join(PROJECT, 'test/runtimes/run-checks.mjs')

/** Longer than any check takes on a busy machine. */
const SILENCE = 90_000

/** An addon in the memory of a process. */
export interface LoadedAddon {
  readonly path: string
  readonly sha256: string
}

export interface GroupRun {
  readonly observations: Observations
  readonly addons: readonly LoadedAddon[]
}

type Line =
  | { readonly titles: readonly string[]; readonly addons: readonly LoadedAddon[] }
  | { readonly starts: string }
  | ({ readonly ends: string } & Observation)

/** In the order of the page. Throws when the checks cannot even be loaded. */
export function namesOfGroups(): readonly string[] {
  const text = execFileSync(process.execPath, [SCRIPT], { cwd: PROJECT, env: environment({}), encoding: 'utf8' })
  return JSON.parse(text) as string[]
}

/** Runs the checks of a group. One that ends the process fails, and the next one gets another process. */
export async function runGroup(runtime: RuntimeName, group: string): Promise<GroupRun> {
  const observations = new Map<string, Observation>()
  const addons: LoadedAddon[] = []
  let next: string | undefined = ''
  while (next !== undefined) {
    const part = await runFrom(runtime, group, next, (line) => {
      if ('ends' in line)
        observations.set(line.ends, { outcome: line.outcome, ...(line.detail && { detail: line.detail }) })
    })
    addons.push(...part.addons)
    if (part.interrupted !== undefined) observations.set(part.interrupted, { outcome: 'fails', detail: part.ending })
    if (part.titles.length === 0)
      throw new Error(`The checks "${group}" could not be started on ${runtime}: ${part.ending}`)
    next = part.titles.find((title) => !observations.has(title))
  }
  return { observations, addons }
}

interface Part {
  readonly titles: readonly string[]
  readonly addons: readonly LoadedAddon[]
  /** The check in which the process ended. */
  readonly interrupted: string | undefined
  readonly ending: string
}

function runFrom(runtime: RuntimeName, group: string, first: string, onLine: (line: Line) => void): Promise<Part> {
  const before = runtime === 'Deno' ? ['run', '--allow-all', '--quiet'] : []
  const child = spawn(executableOf(runtime), [...before, SCRIPT, group, first], {
    cwd: PROJECT,
    env: environment({ NO_COLOR: '1', DENO_NO_UPDATE_CHECK: '1' }),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let silent = false
  const timer = setTimeout(() => {
    silent = true
    child.kill('SIGKILL')
  }, SILENCE)
  let titles: readonly string[] = []
  let addons: readonly LoadedAddon[] = []
  let interrupted: string | undefined
  let errors = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text
  })
  createInterface({ input: child.stdout }).on('line', (text) => {
    timer.refresh()
    const line = parseLine(text)
    if (line === undefined) return
    if ('titles' in line) ({ titles, addons } = line)
    else interrupted = 'starts' in line ? line.starts : undefined
    onLine(line)
  })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code, signal) => {
      clearTimeout(timer)
      const how = silent
        ? `hangs: nothing for ${SILENCE / 1000} s`
        : `ended the process: code ${code}, signal ${signal}`
      resolve({ titles, addons, interrupted, ending: `${how}\n${errors.slice(-4000)}` })
    })
  })
}

/** Runtimes may have something of their own to say. */
function parseLine(text: string): Line | undefined {
  return text.startsWith('{"') ? (JSON.parse(text) as Line) : undefined
}
