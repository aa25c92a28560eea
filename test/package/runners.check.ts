import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { namesOf, type Outcomes, outcomesInJson, outcomesInTap } from '../runners/outcomes.js'
import { JEST, type Outcome, PEERS, Project } from './support/project.js'

// What the guards do is shown in test/runners. Here they are found, and count the handles that the tests open.

const TESTS = `
const kept = []
test('disposes', () => new NativeBuffer(16).dispose())
test('leaks', () => void kept.push(new NativeBuffer(2 ** 20)))
`
const IMPORT = "import { NativeBuffer } from 'holdfast'\n"

interface Runner {
  readonly name: string
  /** Where the project finds other packages. */
  readonly modules?: string
  readonly files: Readonly<Record<string, string>>
  readonly args: readonly string[]
  outcomes(result: Outcome): Outcomes
}

const RUNNERS: readonly Runner[] = [
  {
    name: 'vitest',
    modules: PEERS,
    files: {
      'vitest.config.mjs': "export default { test: { setupFiles: ['holdfast/vitest'] } }",
      'some.test.mjs': `import { test } from 'vitest'\n${IMPORT}${TESTS}`,
    },
    args: [join(PEERS, 'vitest', 'vitest.mjs'), 'run', '--reporter=json'],
    outcomes: ({ stdout }) => outcomesInJson(stdout),
  },
  {
    name: 'Jest',
    modules: JEST,
    files: {
      'package.json': '{ "type": "module", "jest": { "setupFilesAfterEnv": ["holdfast/jest"], "transform": {} } }',
      'some.test.js': `${IMPORT}${TESTS}`,
    },
    args: ['--experimental-vm-modules', join(JEST, 'jest', 'bin', 'jest.js'), '--json'],
    outcomes: ({ stdout }) => outcomesInJson(stdout),
  },
  {
    name: 'node:test',
    files: { 'some.test.mjs': `import { test } from 'node:test'\n${IMPORT}${TESTS}` },
    args: ['--import', 'holdfast/node-test', '--test', '--test-reporter=tap', 'some.test.mjs'],
    outcomes: ({ stdout }) => outcomesInTap(stdout),
  },
]

describe.each(RUNNERS)('the guard for $name', ({ modules, files, args, outcomes }) => {
  it('fails the test that leaks, says what and how much, and no other', () => {
    using project = new Project(files)
    project.unpack()
    if (modules !== undefined) project.link(modules)
    const result = project.run(process.execPath, args)
    expect(result.code, result.stdout + result.stderr).toBe(1)
    const found = outcomes(result)
    expect(namesOf(found, 'passed')).toEqual(['disposes'])
    expect(namesOf(found, 'failed')).toContain('leaks')
    expect(found.get('leaks')?.message).toContain('`NativeBuffer` of 1 MiB')
  })
})
