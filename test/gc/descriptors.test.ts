import { describe, expect, it } from 'vitest'
import { runForReport } from '../support/child.js'
import { SANITIZED } from '../support/sanitized.js'

const LIMIT = 256

interface Loop {
  opened: number
  peakLive: number
  refusedOthers: number
  live: number
  descriptors: number | undefined
}

interface Disposal {
  /** Milliseconds in which the thread was at work. */
  longest: number
  live: number
}

describe.skipIf(process.platform === 'win32')('files', () => {
  it('dropped in a synchronous loop never use up the descriptors, not even for others', async () => {
    const count = 50_000
    const result = await runForReport<Loop>(new URL('./fixtures/descriptors.mjs', import.meta.url), {
      args: [String(count)],
      descriptors: LIMIT,
    })
    expect(result).toMatchObject({ opened: count, live: 0, refusedOthers: 0 })
    expect(result.peakLive).toBeLessThanOrEqual(LIMIT)
    expect(result.descriptors ?? 0).toBeLessThan(LIMIT / 2)
  })

  it.each(['one by one', 'all at once'])(
    '10,000 disposed asynchronously, %s, do not hold up the event loop',
    async (way) => {
      const count = 10_000
      const script = new URL('./fixtures/async-disposal.mjs', import.meta.url)
      const result = await runForReport<Disposal>(script, { args: [way, String(count)], descriptors: count + 1000 })
      expect(result.live).toBe(0)
      // 12 to 16 ms of its own time at most; a bound that also holds on a busy machine.
      if (!SANITIZED) expect(result.longest).toBeLessThan(40)
    },
  )
})
