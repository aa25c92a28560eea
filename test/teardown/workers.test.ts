import { describe, expect, test } from 'vitest'
import { describeResult, runChild } from '../support/child.js'
import { LIFETIMES, parseLines } from './expectations.js'

// Every way in which a worker may end × what may be open then. The main thread reads the counts of the
// process after each, and ends by itself.

interface Ending {
  code: number
  thrown?: string
  /** After terminate() the runtime runs no more JavaScript. */
  terminated?: boolean
}

const ENDINGS: Record<string, Ending> = {
  'running dry': { code: 0 },
  'process.exit(7)': { code: 7 },
  'an uncaught error': { code: 1, thrown: 'thrown on purpose' },
  'an unhandled rejection': { code: 1, thrown: 'thrown on purpose' },
  'terminate() when idle': { code: 1, terminated: true },
  'terminate() when busy': { code: 1, terminated: true },
}

describe.concurrent('a worker, in whatever way it ends, releases everything, and the process goes on', () => {
  test.each(Object.entries(LIFETIMES))('%s', async (name, { before = [], atEnd = [], dropped = false }) => {
    const result = await runChild(new URL('./fixtures/end.mjs', import.meta.url), {
      args: ['workers', name, ...Object.keys(ENDINGS)],
    })
    const all = describeResult(result)
    expect([result.code, result.signal, result.stderr], all).toEqual([0, null, ''])

    const sections = result.stdout.split('== ').slice(1)
    expect(sections.map((section) => section.split('\n', 1)[0])).toEqual(Object.keys(ENDINGS))
    for (const section of sections) {
      const lines = parseLines(section)
      const { code, thrown, terminated = false } = ENDINGS[section.split('\n', 1)[0] ?? ''] as Ending
      expect(lines.before, section).toEqual(before)
      if (!terminated) expect(lines.atEnd, section).toEqual(atEnd)
      else if (dropped) expect(atEnd, section).toEqual(expect.arrayContaining(lines.atEnd))
      else expect(lines.atEnd, section).toEqual([])
      expect(new Set(lines.atEnd).size, section).toBe(lines.atEnd.length)
      expect(lines.shutdownStarted, section).toEqual({ open: 'false', exit: terminated ? undefined : 'true' })
      const counts = { live: 0, liveBytes: 0, imbalance: 0 }
      expect(JSON.parse(lines.last), section).toEqual({ code, ...(thrown === undefined ? {} : { thrown }), ...counts })
    }
  })
})
