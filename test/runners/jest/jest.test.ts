import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runChild, runForReport } from '../../support/child.js'
import { makeProject } from '../../support/runner-project.js'
import { SANITIZED } from '../../support/sanitized.js'
import { namesOf, type Outcomes, outcomesInJson, placeOf } from '../outcomes.js'

// Jest is installed beside this file, with `npm ci --prefix test/runners/jest`.
const MODULES = fileURLToPath(new URL('node_modules', import.meta.url))
const project = makeProject(new URL('project/', import.meta.url), MODULES, ['jest', '@jest'])
afterAll(() => project[Symbol.dispose]())

it('is refused where another runner runs the tests', async () => {
  const told = await runForReport(`
    import { report } from './test/support/in-child.mjs'
    report(await import('holdfast/jest').catch(({ code }) => code))`)
  expect(told).toBe('ERR_HOLDFAST_INVALID_OPERATION')
})

// Nothing here is native that is not tested elsewhere, and the copy that has sanitizers has no Jest.
describe.skipIf(SANITIZED)('the guard of Jest', () => {
  let outcomes: Outcomes

  beforeAll(async () => {
    const result = await runChild(pathToFileURL(join(MODULES, 'jest', 'bin', 'jest.js')), {
      execArgv: ['--experimental-vm-modules'],
      // One worker: the files share a process, and have a copy of the library each.
      args: ['--json', '--runInBand'],
      cwd: project.directory,
      env: { HOLDFAST_TRACKING: undefined },
      timeout: 120_000,
    })
    outcomes = outcomesInJson(result.stdout)
  })

  it('fails the tests that leave a handle, or dispose of one of others, and no other', () => {
    expect(namesOf(outcomes, 'failed').sort()).toEqual(
      [
        'fails: a handle is left open',
        'fails: one line leaves three',
        'fails: a handle is dropped and collected',
        'fails: a generator leaves a handle open',
        'fails: a handle is left open after some time',
        'fails: one is disposed of that the module has opened',
        'fails: by itself, and keeps its own error',
        'concurrently fails: the second',
        'fails: both tries leak',
      ].sort(),
    )
  })

  it('leaves those alone that are skipped', () => {
    expect(namesOf(outcomes, 'skipped')).toEqual(['is skipped: from the start'])
  })

  it.each([
    ['fails: a handle is left open', '1 MiB', 'keep(new NativeBuffer(2 ** 20))'],
    ['fails: one line leaves three', '3 KiB', 'keep(new NativeBuffer(1024))'],
    ['fails: a handle is dropped and collected', '4 KiB', 'new NativeBuffer(4096)'],
    ['concurrently fails: the second', '64 bytes', 'keep(new NativeBuffer(64))'],
  ])('says kind, size, place and remedy: %s', (name, size, text) => {
    const message = outcomes.get(name)?.message
    for (const part of ['`NativeBuffer`', size, placeOf(project.directory, 'guarded.spec.js', text), 'using']) {
      expect(message).toContain(part)
    }
  })

  it('keeps the error of a test that fails by itself', () => {
    const { message } = outcomes.get('fails: by itself, and keeps its own error') ?? {}
    expect(message).toContain('its own error')
    expect(message).not.toContain('HandleLeakError')
  })
})
