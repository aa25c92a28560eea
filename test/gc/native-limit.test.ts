import { describe, expect, test } from 'vitest'
import { runForReport } from '../support/child.js'

const IMPORTS = `
  import { GC, handleStatistics, NativeBuffer, setNativeMemoryLimit } from 'holdfast'
  import { report } from './test/support/in-child.mjs'
  const MIB = 2 ** 20
  const mebibytes = (bytes) => bytes / MIB`

describe.concurrent('buffers of 1 MiB that are dropped in a synchronous loop', () => {
  const open = { unviewed: 'new NativeBuffer(MIB)', viewed: 'new NativeBuffer(MIB).bytes[0] = 1' }

  test.each([
    [10_000, 'unviewed', 256],
    [10_000, 'viewed', 256],
    [10_000, 'unviewed', 16],
    [10_000, 'viewed', 16],
    [1_000, 'viewed', 4],
  ] as const)('%i, %s: never pass a limit of %i MiB, and none is refused', async (count, how, limit) => {
    const result = await runForReport<{ opened: number; peak: number }>(`${IMPORTS}
      setNativeMemoryLimit(${limit} * MIB)
      for (let index = 0; index < ${count}; index++) {
        ${open[how]}
      }
      const { opened, peakLiveBytes } = handleStatistics()
      report({ opened, peak: mebibytes(peakLiveBytes) })`)
    expect(result.opened).toBe(count)
    expect(result.peak).toBeLessThanOrEqual(limit)
  })
})

describe.concurrent('buffers that are all kept', () => {
  test('are refused at the limit exactly, and the process works on once they are let go', async () => {
    const result = await runForReport(`${IMPORTS}
      setNativeMemoryLimit(256 * MIB)
      let kept = []
      let error
      try {
        for (let index = 0; index < 10_000; index++) kept.push(new NativeBuffer(MIB))
      } catch (caught) {
        error = caught
      }
      const full = handleStatistics()
      kept = undefined
      for (let index = 0; index < 1000; index++) new NativeBuffer(MIB)
      const { opened, peakLiveBytes } = handleStatistics()
      report({
        error: { name: error.name, code: error.code, requested: error.requested },
        full: [full.live, mebibytes(full.liveBytes), full.opened, full.disposed + full.finalized],
        opened,
        peak: mebibytes(peakLiveBytes),
      })`)
    expect(result).toEqual({
      error: { name: 'OutOfMemoryError', code: 'ERR_MEMORY_ALLOCATION_FAILED', requested: 2 ** 20 },
      full: [256, 256, 256, 0],
      opened: 1256,
      peak: 256,
    })
  })

  test('and asked for again and again do not make the engine collect each time, and work again soon', async () => {
    const result = await runForReport<{ refused: number; collections: number; again: number }>(`${IMPORTS}
      setNativeMemoryLimit(16 * MIB)
      const kept = []
      let refused = 0
      for (let index = 0; index < 1016; index++) {
        try {
          kept.push(new NativeBuffer(MIB))
        } catch {
          refused++
        }
      }
      const collections = GC.collectionCount
      kept.length = 0
      const start = performance.now()
      while (kept.length === 0 && performance.now() - start < 10_000) {
        try {
          kept.push(new NativeBuffer(MIB))
        } catch {}
      }
      report({ refused, collections, again: kept.length })`)
    expect(result).toMatchObject({ refused: 1000, again: 1 })
    // The first few are free.
    expect(result.collections).toBeGreaterThanOrEqual(8)
    expect(result.collections).toBeLessThan(300)
  })

  test('are collected for at once, each time, as long as that is rare', async () => {
    const result = await runForReport(`${IMPORTS}
      setNativeMemoryLimit(4 * MIB)
      let works = 0
      for (let round = 0; round < 5; round++) {
        let kept = []
        try {
          for (;;) kept.push(new NativeBuffer(MIB))
        } catch {}
        kept = undefined
        const buffer = new NativeBuffer(4 * MIB)
        works++
        buffer.dispose()
      }
      report(works)`)
    expect(result).toBe(5)
  })

  test('by another thread, so that collecting here cannot help, do not make the engine collect', async () => {
    const result = await runForReport(`${IMPORTS}
      import { once } from 'node:events'
      import { Worker } from 'node:worker_threads'
      const worker = new Worker(\`
        import('holdfast').then(({ NativeBuffer }) => {
          globalThis.kept = new NativeBuffer(2 ** 20)
          require('node:worker_threads').parentPort.on('message', () => {}).postMessage('kept')
        })\`, { eval: true, execArgv: [] })
      await once(worker, 'message')
      setNativeMemoryLimit(MIB + 10)
      const before = GC.collectionCount
      let refused = 0
      for (let index = 0; index < 5; index++) {
        try {
          new NativeBuffer(100)
        } catch {
          refused++
        }
      }
      try {
        new NativeBuffer(MIB + 11) // more than there may ever be
      } catch {
        refused++
      }
      report({ refused, collections: GC.collectionCount - before })
      await worker.terminate()`)
    expect(result).toEqual({ refused: 6, collections: 0 })
  })
})
