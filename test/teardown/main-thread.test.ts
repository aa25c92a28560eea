import { describe, expect, test } from 'vitest'
import { describeResult, runChild } from '../support/child.js'
import { LIFETIMES, parseLines } from './expectations.js'

// Every way in which a process may end × what may be open then.

const ENDINGS: [string, number][] = [
  ['running dry', 0],
  ['process.exit(7)', 7],
  ['an uncaught error', 1],
]

for (const [ending, code] of ENDINGS) {
  describe.concurrent(`a process that ends by ${ending}`, () => {
    test.each(Object.entries(LIFETIMES))('releases newest first, once, and ends well: %s', async (name, lifetime) => {
      const result = await runChild(new URL('./fixtures/end.mjs', import.meta.url), { args: ['main', name, ending] })
      const all = describeResult(result)
      expect([result.code, result.signal], all).toEqual([code, null])
      if (code !== 1) expect(result.stderr).toBe('')
      else expect(result.stderr).not.toMatch(/warning|fatal|sanitizer|runtime error/i)
      expect(parseLines(result.stdout), all).toMatchObject({
        before: lifetime.before ?? [],
        atEnd: lifetime.atEnd ?? [],
        shutdownStarted: { open: 'false', exit: 'true' },
        exitCode: code,
      })
    })
  })
}
