import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ChildResult, describeResult, runChild } from '../../support/child.js'
import { makeProject } from '../../support/runner-project.js'
import { namesOf, type Outcomes, outcomesInJson, placeOf } from '../outcomes.js'

const MODULES = fileURLToPath(new URL('../../../node_modules', import.meta.url))
const project = makeProject(new URL('project/', import.meta.url), MODULES, ['vitest'])
afterAll(() => project[Symbol.dispose]())

const FAILING = [
  'fails: a handle is left open',
  'fails: one line leaves three',
  'fails: a handle is dropped and collected',
  'fails: a handle is left open after some time',
  'fails: a handle is left open while timers are false',
  'fails: one is disposed of that beforeAll has opened',
  'fails: each leaves one, but the first: 2',
  'fails: both tries leak',
  'fails: by itself, and keeps its own error',
  'fails concurrently: the second',
]

function runVitest(file: string, env: Record<string, string | undefined> = {}): Promise<ChildResult> {
  return runChild(pathToFileURL(join(MODULES, 'vitest', 'vitest.mjs')), {
    args: ['run', '--reporter=json', file],
    cwd: project.directory,
    env: { HOLDFAST_TRACKING: undefined, VITEST: undefined, ...env },
    timeout: 120_000,
  })
}

describe('the guard of vitest', () => {
  let outcomes: Outcomes
  let stderr: string

  beforeAll(async () => {
    const result = await runVitest('guarded.spec.ts')
    expect(result.code, describeResult(result)).toBe(1)
    outcomes = outcomesInJson(result.stdout)
    stderr = result.stderr
  })

  it('fails the tests that leave a handle, or dispose of one of others, and no other', () => {
    expect(namesOf(outcomes, 'failed')).toEqual(FAILING)
  })

  it('leaves those alone that are skipped', () => {
    expect(namesOf(outcomes, 'skipped')).toEqual(['is skipped: from the start', 'is skipped: by itself'])
  })

  it.each([
    ['fails: a handle is left open', '1 MiB', 'keep(new NativeBuffer(2 ** 20))'],
    ['fails: one line leaves three', '3 KiB', 'keep(new NativeBuffer(1024))'],
    ['fails: a handle is dropped and collected', '4 KiB', 'new NativeBuffer(4096)'],
    ['fails concurrently: the second', '64 bytes', 'keep(new NativeBuffer(64))'],
  ])('says kind, size, place and remedy: %s', (name, size, text) => {
    const message = outcomes.get(name)?.message
    for (const part of ['`NativeBuffer`', size, placeOf(project.directory, 'guarded.spec.ts', text), 'using']) {
      expect(message).toContain(part)
    }
  })

  it('says of a handle that was not for the test to dispose of where it was opened', () => {
    const { message } = outcomes.get('fails: one is disposed of that beforeAll has opened') ?? {}
    expect(message).toContain(placeOf(project.directory, 'guarded.spec.ts', 'const ofTheModule'))
  })

  it('keeps the error of a test that fails by itself', () => {
    const { message } = outcomes.get('fails: by itself, and keeps its own error') ?? {}
    expect(message).toContain('its own error')
    expect(message).not.toContain('HandleLeakError')
  })

  it('uses nothing that vitest warns of', () => {
    expect(stderr).not.toMatch(/deprecated/i)
  })
})

it.each(['counts', 'off'])(
  'HOLDFAST_TRACKING=%s: fails the same tests, and says what would tell more',
  async (level) => {
    const result = await runVitest('guarded.spec.ts', { HOLDFAST_TRACKING: level })
    const outcomes = outcomesInJson(result.stdout)
    expect(namesOf(outcomes, 'failed')).toEqual(FAILING)
    const { message } = outcomes.get('fails: a handle is left open') ?? {}
    expect(message).toContain('`NativeBuffer` of 1 MiB')
    expect(message).toContain('HOLDFAST_TRACKING=full')
  },
)

it('guardHandles leaves kinds out', async () => {
  const outcomes = outcomesInJson((await runVitest('ignoring.spec.ts')).stdout)
  expect(namesOf(outcomes, 'failed')).toEqual(['fails: it leaves something else'])
  expect(namesOf(outcomes, 'passed')).toHaveLength(1)
})

it('the matchers of vitest pass and fail, also with `not` and with promises', async () => {
  const result = await runVitest('matchers.spec.ts')
  const outcomes = outcomesInJson(result.stdout)
  const names = [...outcomes.keys()]
  expect(names).toHaveLength(9)
  expect(namesOf(outcomes, 'failed')).toEqual(names.filter((name) => name.startsWith('fails:')))
  expect(outcomes.get('fails: something leaks')?.message).toContain('`NativeBuffer` of 16 bytes was opened at')
  expect(outcomes.get('fails: another number is opened')?.message).toContain('1 of kind NativeBuffer')
})
