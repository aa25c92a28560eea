import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { outcomesInJson } from '../runners/outcomes.js'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const VITEST = fileURLToPath(new URL('../../node_modules/vitest/vitest.mjs', import.meta.url))
/** A part of the suite that reaches most of the native half. The whole of it runs with the addon that was built here. */
const FILES = [
  'test/unit/binding',
  'test/unit/statistics',
  'test/unit/resources/native-buffer',
  'test/unit/safe-handle',
]

it.runIf(process.platform === 'linux')(
  'the addon that is shipped passes the tests, as the one that is built here',
  () => {
    const addon = `${ROOT}prebuilds/linux-${process.arch}/holdfast.glibc.node`
    const env = { ...process.env, HOLDFAST_ADDON: addon, VITEST: undefined }
    const options = { cwd: ROOT, env, encoding: 'utf8', maxBuffer: 2 ** 26 } as const
    const text = execFileSync(process.execPath, [VITEST, 'run', '--reporter=json', ...FILES], options)
    const outcomes = outcomesInJson(text.slice(text.indexOf('{')))
    const states = [...outcomes.values()].map(({ state }) => state)
    expect(states.filter((state) => state === 'passed').length).toBeGreaterThan(50)
    expect(states).not.toContain('failed')
  },
)
