import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runChild } from '../../support/child.js'
import { makeProject } from '../../support/runner-project.js'
import { namesOf, type Outcomes, outcomesInTap, placeOf } from '../outcomes.js'

const project = makeProject(new URL('project/', import.meta.url), '', [])
afterAll(() => project[Symbol.dispose]())

const FILE = pathToFileURL(join(project.directory, 'guarded.spec.mjs'))

async function outcomesOf(execArgv: readonly string[], env = {}): Promise<Outcomes> {
  const options = { cwd: project.directory, env: { HOLDFAST_TRACKING: undefined, ...env }, timeout: 60_000 }
  const { stdout } = await runChild(FILE, { execArgv: [...execArgv, '--test-reporter=tap'], ...options })
  return outcomesInTap(stdout)
}

const HOW_IT_IS_STARTED: [string, string[], object?][] = [
  ['node --import holdfast/node-test --test', ['--import', 'holdfast/node-test', '--test']],
  ['node --import holdfast/node-test', ['--import', 'holdfast/node-test']],
  ['NODE_OPTIONS', ['--test'], { NODE_OPTIONS: '--import=holdfast/node-test' }],
]

describe.each(HOW_IT_IS_STARTED)('the guard of node:test, with %s', (_, execArgv, env) => {
  let outcomes: Outcomes

  beforeAll(async () => {
    outcomes = await outcomesOf(execArgv, env)
  })

  it('fails the tests that leave a handle, or dispose of one of others, and no other', () => {
    expect(namesOf(outcomes, 'failed')).toEqual([
      'fails: a handle is left open',
      'fails: one line leaves three',
      'fails: a handle is dropped and collected',
      'fails: a handle is left open after some time',
      'fails: one is disposed of that the module has opened',
      'fails: by itself, and keeps its own error',
      'fails: a subtest',
      // Only because of its subtest.
      'holds subtests',
      'fails: the second',
      'concurrently',
    ])
  })

  it('leaves those alone that are skipped', () => {
    expect(namesOf(outcomes, 'skipped')).toEqual(['is skipped', 'is skipped by itself'])
  })

  it.each([
    ['fails: a handle is left open', '1 MiB', 'keep(new NativeBuffer(2 ** 20))'],
    ['fails: one line leaves three', '3 KiB', 'keep(new NativeBuffer(1024))'],
    ['fails: a handle is dropped and collected', '4 KiB', 'new NativeBuffer(4096)'],
    ['fails: the second', '64 bytes', 'keep(new NativeBuffer(64))'],
  ])('says kind, size, place and remedy: %s', (name, size, text) => {
    const message = outcomes.get(name)?.message
    for (const part of ['`NativeBuffer`', size, placeOf(project.directory, 'guarded.spec.mjs', text), 'using']) {
      expect(message).toContain(part)
    }
  })

  it('keeps the error of a test that fails by itself', () => {
    const { message } = outcomes.get('fails: by itself, and keeps its own error') ?? {}
    expect(message).toContain('its own error')
    expect(message).not.toContain('HandleLeakError')
  })
})
