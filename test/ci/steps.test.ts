import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { describeResult, runChild } from '../support/child.js'

const RUNNER = new URL('../../scripts/ci.mjs', import.meta.url)

interface Step {
  title: string
  command: string
  minutes?: number
  needs?: string
  tests?: string
}

let checkout: string

beforeEach(() => {
  checkout = mkdtempSync(join(tmpdir(), 'holdfast-ci-'))
  mkdirSync(join(checkout, 'test/unit'), { recursive: true })
  writeFileSync(join(checkout, 'test/unit/first.test.ts'), '')
})

afterEach(() => rmSync(checkout, { recursive: true }))

async function run(steps: Step[]) {
  const path = join(checkout, 'steps.json')
  writeFileSync(path, JSON.stringify(steps.map((step) => ({ minutes: 1, ...step }))))
  const result = await runChild(RUNNER, { args: [path], cwd: checkout })
  const summary = result.stdout.split('== What ran')[1] ?? ''
  return { code: result.code, stdout: result.stdout, summary, all: describeResult(result) }
}

/** Not one that has ended and that nobody has asked about yet. */
function isRunning(pid: number): boolean {
  const { stdout } = spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' })
  return /^[^Z]/.test(stdout.trim())
}

interface Result {
  status: string
  fullName?: string
  failureMessages?: string[]
}

/** A step that claims to have run the tests in these files, with these results each. */
function testStep(files: string[], assertionResults: Result[] = [{ status: 'passed' }, { status: 'skipped' }]): Step {
  const times = { startTime: 0, endTime: 61_000 }
  const testResults = files.map((file) => ({ name: join(checkout, file), ...times, assertionResults }))
  writeFileSync(join(checkout, 'report.txt'), JSON.stringify({ testResults }))
  return { title: 'tests', command: 'cp report.txt report.json', tests: 'report.json' }
}

describe('a run of the steps', () => {
  test('passes when each does, and says how long each took', async () => {
    const { code, summary, all } = await run([{ title: 'one', command: 'true' }, testStep(['test/unit/first.test.ts'])])
    expect(code, all).toBe(0)
    expect(summary).toMatch(/0:00 {2}ok {6}one\n/)
    expect(summary).toMatch(/1:01 {2}test\/unit: 1 files, 1 passed, 1 skipped\n/)
  })

  test('fails when one does, after the others have run', async () => {
    const { code, summary, all } = await run([
      { title: 'one', command: 'exit 3' },
      { title: 'two', command: 'true' },
    ])
    expect(code, all).toBe(1)
    expect(summary).toMatch(/FAILED {2}one\n +ended with 3\n/)
    expect(summary).toMatch(/ok {6}two\n/)
  })

  test('repeats the end of what a failed step printed, so that it is seen where logs are cut', async () => {
    const { summary, all } = await run([{ title: 'one', command: 'seq 1 50; echo it broke >&2; sleep 0.1; exit 3' }])
    expect(summary, all).toMatch(/\| 50\n/)
    expect(summary, all).toMatch(/\| it broke\n/)
    expect(summary, all).not.toMatch(/\| 10\n/)
  })

  test('does not repeat what the others printed', async () => {
    const { summary, all } = await run([{ title: 'one', command: 'echo fine' }])
    expect(summary, all).not.toContain('fine')
  })

  test('does not start what needs a step that failed, and counts it as failed', async () => {
    const { code, stdout, summary, all } = await run([
      { title: 'one', command: 'false' },
      { title: 'two', command: 'echo started', needs: 'one' },
      { title: 'three', command: 'true', needs: 'two' },
    ])
    expect(code, all).toBe(1)
    expect(stdout).not.toMatch(/^started$/m)
    expect(summary.match(/FAILED/g)).toHaveLength(3)
  })

  test('ends what hangs, with all that it has started', async () => {
    const command = 'sleep 1000 & echo $! > sleeper; wait'
    const { code, summary, all } = await run([{ title: 'one', command, minutes: 0.01 }])
    expect(code, all).toBe(1)
    expect(summary).toContain('was not done after 0.01 minutes')
    const sleeper = Number(readFileSync(join(checkout, 'sleeper'), 'utf8'))
    await vi.waitFor(() => expect(isRunning(sleeper)).toBe(false))
  })

  test('goes on when a step has ended, whatever it has left running', async () => {
    const { code, all } = await run([{ title: 'one', command: 'sleep 1000 & echo $! > sleeper' }])
    process.kill(Number(readFileSync(join(checkout, 'sleeper'), 'utf8')))
    expect(code, all).toBe(0)
  })

  test.each([
    ['has no steps', []],
    ['needs an unknown step', [{ title: 'one', command: 'true', needs: 'none' }]],
  ])('fails when its file %s', async (_what, steps) => {
    const { code, all } = await run(steps)
    expect(code, all).toBe(1)
  })
})

describe('a step that runs tests', () => {
  test('names those that failed, each with the first line of why', async () => {
    const result = {
      status: 'failed',
      fullName: 'a buffer is released',
      failureMessages: ['Error: it was not\n  at x'],
    }
    const { command, ...step } = testStep(['test/unit/first.test.ts'], [{ status: 'passed' }, result])
    const { code, summary, all } = await run([{ ...step, command: `${command}; exit 1` }])
    expect(code, all).toBe(1)
    expect(summary).toContain('| test/unit/first.test.ts > a buffer is released: Error: it was not\n')
    expect(summary).toMatch(/test\/unit: 1 files, 1 passed, 1 failed\n/)
  })

  test('fails when a test file of the checkout did not run, and names it', async () => {
    writeFileSync(join(checkout, 'test/unit/second.test.ts'), '')
    const { code, summary, all } = await run([testStep(['test/unit/first.test.ts'])])
    expect(code, all).toBe(1)
    expect(summary).toContain('did not run test/unit/second.test.ts')
  })

  test('fails when it ran none', async () => {
    rmSync(join(checkout, 'test/unit/first.test.ts'))
    const { code, all } = await run([testStep([])])
    expect(code, all).toBe(1)
  })

  test('fails when it leaves no report, also if there is one of an earlier run', async () => {
    writeFileSync(join(checkout, 'report.json'), '{}')
    const { code, summary, all } = await run([{ title: 'tests', command: 'true', tests: 'report.json' }])
    expect(code, all).toBe(1)
    expect(summary).toContain('left no report in report.json')
  })
})

// What each step starts has to notice by itself that it was given nothing to do.
describe('a pattern that matches nothing fails', () => {
  test.each([
    ['vitest', 'node_modules/vitest/vitest.mjs', ['run', 'no/such/folder']],
    ['the C++ tests', 'scripts/test-native.mjs', ['no-such-test']],
    ['biome', 'node_modules/@biomejs/biome/bin/biome', ['check', 'no/such/folder']],
  ])('%s', async (_name, script, args) => {
    const result = await runChild(new URL(`../../${script}`, import.meta.url), { args })
    expect(result.code, describeResult(result)).toBe(1)
  })
})
