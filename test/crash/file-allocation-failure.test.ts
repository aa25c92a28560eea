import { readdirSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { native } from '../../lib/binding.js'
import { handleStatistics, SafeDirectoryHandle, SafeFileHandle } from '../../lib/index.js'

const { refuseAllocations } = native as typeof native & { refuseAllocations?: (from: number) => void }

// Only instrumented builds can refuse.
describe.runIf(refuseAllocations !== undefined)('with the n-th request of native code refused', () => {
  const refuse = refuseAllocations as (from: number) => void

  const scenarios: [string, () => unknown][] = [
    ['opening a file', () => SafeFileHandle.open('/dev/null').dispose()],
    ['opening a file on the thread pool', async () => (await SafeFileHandle.openAsync('/dev/null')).dispose()],
    ['closing a file on the thread pool', () => SafeFileHandle.open('/dev/null').disposeAsync()],
    ['reading a directory', () => [...SafeDirectoryHandle.open('/dev').entries()]],
    [
      'reading a directory on the thread pool',
      async () => {
        for await (const _ of SafeDirectoryHandle.open('/dev')) {
          // All of it.
        }
      },
    ],
  ]

  it.each(scenarios)('%s fails for want of memory or not at all, and leaves nothing open', async (_, scenario) => {
    for (let request = 1; ; request++) {
      const before = { live: handleStatistics().live, descriptors: readdirSync('/proc/self/fd').length }
      let failure: unknown
      refuse(request)
      try {
        await scenario()
      } catch (error) {
        failure = error
      } finally {
        refuse(-1)
      }
      expect({ live: handleStatistics().live, descriptors: readdirSync('/proc/self/fd').length }).toEqual(before)
      if (failure === undefined && request > 20) break
      if (failure === undefined) continue
      expect(['ERR_MEMORY_ALLOCATION_FAILED', 'ENOMEM']).toContain((failure as NodeJS.ErrnoException).code)
      expect(request).toBeLessThan(20_000)
    }
  })
})
