import { expect, test } from 'vitest'
import { runForReport } from '../support/child.js'

const fixture = new URL('./fixtures/transfers.mjs', import.meta.url)
const run = (name: string) => runForReport<Record<string, unknown>>(fixture, { args: [name] })

const nothingLeft = { live: 0, liveBytes: 0, imbalance: 0, finalized: 0 }

test('a buffer goes to a worker and back, large ones without being copied', async () => {
  expect(await run('there and back')).toEqual({
    outcomes: [true, true, true, true],
    left: { ...nothingLeft, opened: 4, transferredIn: 8, transferredOut: 8 },
  })
})

test('what a worker was sent and did not receive before its end can still be received', async () => {
  expect(await run('a worker that ends before it receives')).toEqual({
    whole: true,
    left: { ...nothingLeft, opened: 1, transferredIn: 1, transferredOut: 1 },
  })
})

test('a worker that is terminated while it receives loses nothing but what it has, which is released', async () => {
  const result = await run('a worker that is terminated in the middle')
  expect(result).toMatchObject({ code: 1, left: { live: 0, opened: 200, transferredOut: 200, imbalance: 0 } })
})

test('what a terminated worker has received is released', async () => {
  expect(await run('a worker that is terminated after it received')).toEqual({
    left: { ...nothingLeft, opened: 1, finalized: 1, transferredIn: 1, transferredOut: 1 },
  })
})

test('what nobody has received is released when its sender ends, counted as finalized', async () => {
  expect(await run('a sender that ends before anybody received')).toEqual({
    code: 'ERR_HOLDFAST_INVALID_OPERATION',
    left: { ...nothingLeft, opened: 1, finalized: 1, transferredIn: 0, transferredOut: 0 },
  })
})

test('what was received outlives its sender', async () => {
  expect(await run('a sender that ends after it was received')).toEqual({
    whole: true,
    left: { ...nothingLeft, opened: 1, transferredIn: 1, transferredOut: 1 },
  })
})

test('of two threads that receive the same one gets it', async () => {
  expect(await run('two workers that want the same')).toEqual({
    codes: ['ERR_HOLDFAST_INVALID_OPERATION', 'none'],
    left: { ...nothingLeft, opened: 1, transferredIn: 1, transferredOut: 1 },
  })
})
