import { expect, test } from 'vitest'
import { runForReport } from '../support/child.js'

// Detaching an ArrayBuffer that the program marked aborts Node 24 and later.

const MARKED = `
  import { markAsUntransferable } from 'node:worker_threads'
  import { NativeArena } from 'holdfast'
  import { report } from './test/support/in-child.mjs'
  const arena = new NativeArena({ chunkSize: 65536 })
  const block = arena.alloc(64).fill(7)
  markAsUntransferable(block.buffer)
`

test.each([
  ['reset', 'arena.reset(); const next = arena.alloc(64)[0]; arena.dispose(); report([next, 0])', [0, 0]],
  ['disposed', 'arena.dispose(); report([0, 0])', [0, 0]],
  ['disposed asynchronously', 'await arena.disposeAsync(); report([0, 0])', [0, 0]],
])('an arena whose memory was marked as untransferable can be %s', async (_how, end, expected) => {
  expect(await runForReport(`${MARKED}\n${end}`)).toEqual(expected)
})
