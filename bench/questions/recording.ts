import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { accessSync, constants, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { PROJECT } from '../project.js'
import type { Progress, Question, Samples } from '../question.js'

const COMMAND = join(PROJECT, 'dist', 'cli', 'holdfast.js')
const PROGRAM = fileURLToPath(new URL('recorded-program.js', import.meta.url))
const ROUNDS = 5
const HANDLES = 1_000_000

/** Returns how long it took, in nanoseconds. */
async function holdfast(...args: string[]): Promise<number> {
  const start = performance.now()
  const [code] = await once(spawn(process.execPath, [COMMAND, ...args], { stdio: 'ignore' }), 'close')
  if (code !== 0) throw new Error(`holdfast ${args[0]} ended with exit code ${code}.`)
  return (performance.now() - start) * 1e6
}

/** Until its scripts have run and it was drawn. */
async function open(page: string): Promise<number[]> {
  // Here, since it is large, and other trials of the suite are not about it.
  const { chromium } = await import('playwright-core')
  const browser = await chromium.launch({ executablePath: findChromium(), args: ['--no-sandbox', '--disable-gpu'] })
  const times: number[] = []
  try {
    for (let round = 0; round < ROUNDS; round++) {
      const tab = await browser.newPage()
      const start = performance.now()
      await tab.goto(pathToFileURL(page).href)
      await tab.evaluate('new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)))')
      times.push((performance.now() - start) * 1e6)
      await tab.close()
    }
  } finally {
    await browser.close()
  }
  return times
}

function findChromium(): string {
  const names = ['chromium', 'chromium-browser', 'google-chrome']
  const candidates = names.flatMap((name) => (process.env['PATH'] ?? '').split(delimiter).map((at) => join(at, name)))
  const found = candidates.find((path) => {
    try {
      accessSync(path, constants.X_OK)
      return true
    } catch {
      return false
    }
  })
  if (found === undefined) throw new Error(`None of ${names.join(', ')} is on the PATH, and the report opens in one.`)
  return found
}

const SIZE = 'size of the recording'
const RECORDED = 'time of the program, recorded'
const PAGE_SIZE = 'size of the report'
const MADE = 'report made'
const OPENED = 'report opened in Chromium'

async function run(progress: Progress): Promise<Samples> {
  const directory = mkdtempSync(join(tmpdir(), 'holdfast-recording-'))
  const recording = join(directory, 'million.hfrec')
  const page = join(directory, 'million.html')
  try {
    // What the report needs is looked for before a minute has gone into the recording.
    findChromium()
    progress('recording')
    const recorded = await holdfast('run', '--output', recording, PROGRAM)
    progress('making the report')
    const made: number[] = []
    for (let round = 0; round < ROUNDS; round++) made.push(await holdfast('report', '--output', page, recording))
    progress('opening the report')
    return {
      [SIZE]: { unit: 'MB', values: [statSync(recording).size] },
      [PAGE_SIZE]: { unit: 'MB', values: [statSync(page).size] },
      [RECORDED]: { unit: 'time', values: [recorded] },
      [MADE]: { unit: 'time', values: made },
      [OPENED]: { unit: 'time', values: await open(page) },
    }
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

const TRIAL = `${HANDLES.toLocaleString('en')} handles, opened in 1,000 places`

export const recording: Question = {
  id: 'recording',
  title: 'A recording of 1,000,000 handles, and its report',
  note:
    '`holdfast run` at the level `full`, which writes the stack of each; then `holdfast report`, all of the process; ' +
    'then the page is opened in Chromium, until its scripts have run and it was drawn. One handle in a hundred is ' +
    'dropped, one in a thousand left open. The time of the program contains all that recording costs.',
  trials: [{ name: TRIAL, run }],
  measures: [
    { label: SIZE, trial: TRIAL, of: SIZE, bound: { atMost: 40e6 } },
    { label: MADE, trial: TRIAL, of: MADE, take: 'worst', bound: { atMost: 20e9 } },
    { label: OPENED, trial: TRIAL, of: OPENED, bound: { atMost: 3e9 } },
  ],
}
