import { expect, it } from 'vitest'
import { describeResult, runChild } from '../support/child.js'

it('a connection and its statements through another library, without C++: in use, kept open, forgotten', async () => {
  const result = await runChild(new URL('../../examples/sqlite/out/main.js', import.meta.url))
  expect([result.code, result.stderr], describeResult(result)).toEqual([0, ''])
  expect(result.stdout.trimEnd().split('\n')).toEqual([
    'Lübeck, Riga',
    'open: 1 connections, 2 statements',
    'after the block: 0 connections, 0 statements',
    'connection disposed: 1 connections, 1 statements | closed: false | it still answers: 1',
    'statement disposed: 0 connections, 0 statements | closed: true',
    'collected: 0 connections, 0 statements',
  ])
})
