import { afterEach, expect, it } from 'vitest'
import { tracking } from '../../../lib/tracking/index.js'
import { runChild, runForReport } from '../../support/child.js'

const code = (expected: string) => expect.objectContaining({ code: expected })

afterEach(() => {
  tracking.level = 'off'
  tracking.sampleInterval = 128
})

it('is what was set', () => {
  for (const level of ['counts', 'sampled', 'full', 'off'] as const) {
    tracking.level = level
    expect(tracking.level).toBe(level)
  }
})

it('that does not exist is a TypeError that names the four that do, and changes nothing', () => {
  tracking.level = 'counts'
  const set = () => {
    tracking.level = 'paranoid' as never
  }
  expect(set).toThrow(TypeError)
  expect(set).toThrow(code('ERR_INVALID_ARG_VALUE'))
  expect(set).toThrow(/'off', 'counts', 'sampled', 'full'/)
  expect(tracking.level).toBe('counts')
})

it.each([1, null, undefined, Symbol('full')])('that is no string (%s) is a TypeError', (value) => {
  expect(() => {
    tracking.level = value as never
  }).toThrow(code('ERR_INVALID_ARG_TYPE'))
})

it('samples one in 128 until told otherwise', () => {
  expect(tracking.sampleInterval).toBe(128)
  tracking.sampleInterval = 1
  expect(tracking.sampleInterval).toBe(1)
})

it.each([0, -1, 1.5, Number.NaN, 2 ** 40])('cannot have a sample interval of %s', (value) => {
  expect(() => {
    tracking.sampleInterval = value
  }).toThrow(code('ERR_OUT_OF_RANGE'))
  expect(tracking.sampleInterval).toBe(128)
})

it('cannot have a sample interval that is no number', () => {
  expect(() => {
    tracking.sampleInterval = '128' as never
  }).toThrow(code('ERR_INVALID_ARG_TYPE'))
})

const LEVELS = `
  import { Worker } from 'node:worker_threads'
  import { once } from 'node:events'
  import { tracking } from 'holdfast/tracking'
  import { report } from './test/support/in-child.mjs'
  const worker = new Worker(\`
    Promise.all([import('node:worker_threads'), import('holdfast/tracking')]).then(
      ([{ parentPort }, { tracking }]) => parentPort.postMessage(tracking.level))
  \`, { eval: true })
  const [inWorker] = await once(worker, 'message')
  report([tracking.level, inWorker])
`

it.each([
  ['full', 'full'],
  ['sampled', 'sampled'],
  ['off', 'off'],
  ['', 'counts'],
  [undefined, 'counts'],
])('comes from the environment, in every thread: %o', async (variable, expected) => {
  expect(await runForReport(LEVELS, { env: { HOLDFAST_TRACKING: variable } })).toEqual([expected, expected])
})

it('is the default where the environment says something else, with one warning, also with workers', async () => {
  const { code, stdout, stderr } = await runChild(LEVELS, { env: { HOLDFAST_TRACKING: 'paranoid' } })
  expect(code).toBe(0)
  expect(JSON.parse(stdout)).toEqual(['counts', 'counts'])
  expect(stderr.match(/\[HOLDFAST_LEVEL\]/g)).toHaveLength(1)
  for (const level of ['off', 'counts', 'sampled', 'full', 'paranoid']) expect(stderr).toContain(level)
})
