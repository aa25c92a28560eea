import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { PROJECT } from '../project.js'
import type { Progress, Question, Samples } from '../question.js'

// A project as a user has it, with the package in its node_modules, and vitest run on it as a user does.

const FILES = 10
const TESTS_PER_FILE = 100
const ROUNDS = 7
const NANOSECONDS_PER_MILLISECOND = 1e6

const GUARDED = 'with the guard'
const PLAIN = 'without'
const CONFIGURATIONS = [
  { name: PLAIN, file: 'plain.config.mjs', setupFiles: [] },
  { name: GUARDED, file: 'guarded.config.mjs', setupFiles: ['holdfast/vitest'] },
]

function testOf(index: number): string {
  if (index % 2 === 0) {
    return `
  test('a buffer, ${index}', () => {
    const buffer = new NativeBuffer(${64 * (index + 1)})
    buffer.bytes.fill(${index})
    expect(buffer.bytes[${index}]).toBe(${index})
    buffer.dispose()
  })`
  }
  return `
  test('no handle, ${index}', async () => {
    expect(await Promise.all([${index}, 'text'])).toEqual([${index}, 'text'])
  })`
}

function makeProject(): string {
  const directory = mkdtempSync(join(tmpdir(), 'holdfast-guard-'))
  const modules = join(directory, 'node_modules')
  for (const path of ['package.json', 'dist', join('native', 'build', 'Release', 'holdfast.node')]) {
    cpSync(join(PROJECT, path), join(modules, 'holdfast', path), { recursive: true })
  }
  symlinkSync(join(PROJECT, 'node_modules', 'vitest'), join(modules, 'vitest'), 'junction')
  for (const { file, setupFiles } of CONFIGURATIONS) {
    const config = { test: { include: ['*.spec.mjs'], setupFiles } }
    writeFileSync(join(directory, file), `export default ${JSON.stringify(config)}\n`)
  }
  const tests = Array.from({ length: TESTS_PER_FILE }, (_, index) => testOf(index)).join('\n')
  const text = `import { NativeBuffer } from 'holdfast'\nimport { describe, expect, test } from 'vitest'\n
describe('a part of the suite', () => {${tests}\n})\n`
  for (let file = 0; file < FILES; file++) writeFileSync(join(directory, `part-${file}.spec.mjs`), text)
  mkdirSync(join(directory, 'reports'))
  return directory
}

interface Run {
  /** All of the process, from its start to its end. */
  readonly wall: number
  /** What vitest says its tests have taken, added up. */
  readonly tests: number
}

interface Report {
  readonly numPassedTests: number
  readonly testResults: readonly { readonly assertionResults: readonly { readonly duration?: number }[] }[]
}

async function runVitest(directory: string, config: string): Promise<Run> {
  const output = join(directory, 'reports', 'run.json')
  const vitest = join(PROJECT, 'node_modules', 'vitest', 'vitest.mjs')
  const args = [vitest, 'run', '--config', config, '--reporter=json', `--outputFile=${output}`]
  const { HOLDFAST_TRACKING: _, ...env } = process.env
  const start = performance.now()
  const child = spawn(process.execPath, args, { cwd: directory, env, stdio: 'ignore' })
  const [code] = await once(child, 'exit')
  const wall = performance.now() - start
  const report = JSON.parse(readFileSync(output, 'utf8')) as Report
  if (code !== 0 || report.numPassedTests !== FILES * TESTS_PER_FILE) throw new Error(`vitest ended with code ${code}.`)
  const durations = report.testResults.flatMap(({ assertionResults }) => assertionResults)
  return { wall, tests: durations.reduce((sum, { duration = 0 }) => sum + duration, 0) }
}

async function play(progress: Progress): Promise<Samples> {
  const directory = makeProject()
  const values = new Map(CONFIGURATIONS.map(({ name }) => [name, { wall: [] as number[], tests: [] as number[] }]))
  try {
    // The first round is for the caches of the file system and of vitest.
    for (let round = 0; round <= ROUNDS; round++) {
      progress(round === 0 ? 'warming up' : `round ${round} of ${ROUNDS}`)
      for (let place = 0; place < CONFIGURATIONS.length; place++) {
        const { name, file } = CONFIGURATIONS[(place + round) % CONFIGURATIONS.length] as (typeof CONFIGURATIONS)[0]
        const run = await runVitest(directory, file)
        if (round === 0) continue
        values.get(name)?.wall.push(run.wall * NANOSECONDS_PER_MILLISECOND)
        values.get(name)?.tests.push(run.tests * NANOSECONDS_PER_MILLISECOND)
      }
    }
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
  const samples = [...values].flatMap(([name, { wall, tests }]) => [
    [name, { unit: 'time', values: wall }] as const,
    [testsOf(name), { unit: 'time', values: tests }] as const,
  ])
  return Object.fromEntries(samples)
}

const testsOf = (name: string) => `${name}, the tests alone`

const TRIAL = `${FILES * TESTS_PER_FILE} tests in ${FILES} files`

export const testGuard: Question = {
  id: 'guard',
  title: 'What the guard of vitest costs',
  note:
    `${TRIAL}, half of which open, fill and dispose of a NativeBuffer; the others open nothing. vitest is run as a ` +
    'process, with and without `holdfast/vitest` as a setup file, by turns. What the tests alone take is what vitest ' +
    'reports of each, hooks included, added up over processes that run side by side.',
  trials: [{ name: TRIAL, run: play }],
  measures: [
    { label: 'the whole run', trial: TRIAL, of: GUARDED, against: PLAIN, bound: { atMost: 1.15 } },
    { label: 'the tests alone', trial: TRIAL, of: testsOf(GUARDED), against: testsOf(PLAIN) },
  ],
}
