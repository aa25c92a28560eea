import { describe, expect, test } from 'vitest'
import { runCell } from './cell.js'
import { checkEnd, checkLines, ENDINGS_OF_WORKER, type Ending } from './expectations.js'
import { LIFETIMES } from './fixtures/expected-lifetimes.mjs'

// Every way in which a worker may end × what may be open then. The main thread reads the counts of the
// process and what the system knows of it after each, and ends by itself.

const NOTHING_LEFT = {
  ...{ live: 0, liveBytes: 0, imbalance: 0 },
  ...{ descriptors: [], moreDescriptors: 0, maps: [], lockedKiB: 0 },
}

describe.concurrent('a worker, in whatever way it ends, releases everything, and the process goes on', () => {
  test.each(Object.entries(LIFETIMES))('%s', async (name, lifetime) => {
    const result = await runCell('workers', name, ...Object.keys(ENDINGS_OF_WORKER))
    checkEnd(result, lifetime, { code: 0 })

    const sections = result.stdout.split('== ').slice(1)
    expect(sections.map((section) => section.split('\n', 1)[0])).toEqual(Object.keys(ENDINGS_OF_WORKER))
    for (const section of sections) {
      const ending = ENDINGS_OF_WORKER[section.split('\n', 1)[0] ?? ''] as Ending
      const { last } = checkLines(section, lifetime, ending)
      const { code, thrown } = ending
      const seen = { code, ...(thrown === undefined ? {} : { thrown }), ...NOTHING_LEFT }
      expect(JSON.parse(last), section).toEqual(seen)
    }
  })
})
