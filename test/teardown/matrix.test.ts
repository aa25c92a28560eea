import { expect, test } from 'vitest'
import { runForReport } from '../support/child.js'
import { ENDINGS_AROUND_WORKER, ENDINGS_OF_MAIN_THREAD, ENDINGS_OF_WORKER } from './expectations.js'
import { LIFETIMES } from './fixtures/expected-lifetimes.mjs'

const MODES = [ENDINGS_OF_MAIN_THREAD, ENDINGS_OF_WORKER, ENDINGS_AROUND_WORKER]

test('the matrix has every lifetime that there is, and every ending', async () => {
  const fixture = new URL('./fixtures/end.mjs', import.meta.url)
  const known = await runForReport<{ lifetimes: string[]; endings: string[] }>(fixture, { args: ['list'] })
  expect(Object.keys(LIFETIMES).sort()).toEqual(known.lifetimes.sort())
  expect([...new Set(MODES.flatMap((endings) => Object.keys(endings)))].sort()).toEqual(known.endings.sort())
})

test('the matrix is whole', () => {
  const lifetimes = Object.keys(LIFETIMES).length
  const endings = MODES.map((mode) => Object.keys(mode).length)
  const cells = endings.reduce((sum, count) => sum + lifetimes * count, 0)
  console.log(`teardown matrix: ${lifetimes} lifetimes × (${endings.join(' + ')}) endings = ${cells} cells`)
  // To be changed by whoever adds a lifetime or an ending.
  expect([lifetimes, endings, cells]).toEqual([37, [7, 6, 6], 703])
})
