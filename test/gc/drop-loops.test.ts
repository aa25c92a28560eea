import { describe, expect, test } from 'vitest'
import { runForReport } from '../support/child.js'
import { SANITIZED } from '../support/sanitized.js'

// Handles that are dropped, never disposed. In a synchronous loop, and in one that only awaits microtasks,
// no finalizer of the engine ever runs; with one registration per object everything would stay until the end.

interface Result {
  opened: number
  finalized: number
  disposed: number
  live: number
  liveBytes: number
  peakLive: number
  peakMiB: number
  /** Resident memory of the process. */
  mostMiB: number
  worstImbalance: number
  released: number
  moreThanOnce: number
}

const LOOPS = [
  ['sync', 'a synchronous loop'],
  ['microtasks', 'a loop that only awaits microtasks'],
  ['turns', 'a loop that lets the event loop turn'],
] as const

/** What is opened, how often, and how much of it may be alive at once. */
const HANDLES = [
  { what: 'unviewed 64 KiB', count: 20_000, peakLive: 4_000, peakMiB: 200, javascript: false },
  { what: 'viewed 4 KiB', count: 40_000, peakLive: 20_000, peakMiB: 80, javascript: false },
  { what: 'viewed 64 KiB', count: 10_000, peakLive: 4_000, peakMiB: 200, javascript: false },
  { what: 'viewed 256 KiB', count: 4_000, peakLive: 2_000, peakMiB: 400, javascript: false },
  { what: 'leased 64 KiB', count: 20_000, peakLive: 4_000, peakMiB: 200, javascript: false },
  { what: 'every other one of 64 KiB', count: 20_000, peakLive: 4_000, peakMiB: 200, javascript: false },
  { what: 'probe', count: 200_000, peakLive: 120_000, peakMiB: 0, javascript: true },
  { what: 'probe of 64 KiB', count: 20_000, peakLive: 8_000, peakMiB: 500, javascript: true },
  { what: 'finalizable object', count: 100_000, peakLive: 80_000, peakMiB: 0, javascript: true },
  { what: 'finalizable object in a cycle', count: 100_000, peakLive: 80_000, peakMiB: 0, javascript: true },
  { what: 'GCHandle, normal or weak', count: 100_000, peakLive: 80_000, peakMiB: 0, javascript: false },
  { what: 'subscription, its target too', count: 200_000, peakLive: 150_000, peakMiB: 0, javascript: false },
]

for (const [loop, loopName] of LOOPS) {
  describe.concurrent(`dropped in ${loopName}`, () => {
    test.each(HANDLES)(
      'handles stay few, and each is released exactly once: $what',
      async ({ what, count, peakLive, peakMiB, javascript }) => {
        const disposed = what.startsWith('every other') ? count / 2 : 0
        const result = await runForReport<Result>(new URL('./fixtures/drop-loop.mjs', import.meta.url), {
          args: [what, loop, String(count)],
        })
        expect(result).toMatchObject({
          opened: count,
          finalized: count - disposed,
          disposed,
          live: 0,
          liveBytes: 0,
          worstImbalance: 0,
          released: javascript ? count : 0,
          moreThanOnce: 0,
        })
        expect(result.peakLive).toBeLessThan(peakLive)
        expect(result.peakMiB).toBeLessThanOrEqual(peakMiB)
        // AddressSanitizer keeps freed memory for a while.
        if (!SANITIZED) expect(result.mostMiB).toBeLessThan(400)
      },
    )
  })
}
