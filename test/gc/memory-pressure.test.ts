import { describe, expect, test } from 'vitest'
import { runForReport } from '../support/child.js'

const IMPORTS = `
  import { GC, handleStatistics, SafeHandle } from 'holdfast'
  import { report, turns } from './test/support/in-child.mjs'
  const MIB = 2 ** 20`

describe.concurrent('memory pressure that the program adds', () => {
  test('makes dropped handles come back in a synchronous loop, which takes it off again', async () => {
    const result = await runForReport<{ peakLive: number; most: number; left: number }>(`${IMPORTS}
      class Image extends SafeHandle {
        static releaseHandle() {
          GC.removeMemoryPressure(MIB)
        }
        constructor() {
          super(0)
          GC.addMemoryPressure(MIB)
          this.setHandle(1)
        }
      }
      let most = 0
      for (let index = 0; index < 5000; index++) {
        new Image()
        most = Math.max(most, GC.memoryPressure)
      }
      GC.collect()
      report({ peakLive: handleStatistics().peakLive, most: most / MIB, left: GC.memoryPressure })`)
    expect(result.left).toBe(0)
    // A minor collection for each 32 MiB, whatever the engine does by itself; what is young may need two.
    expect(result.peakLive).toBeLessThan(128)
    expect(result.most).toBeLessThan(128)
  })

  test('as declared bytes comes back as soon where JavaScript releases them', async () => {
    const result = await runForReport<{ peakLive: number; left: number }>(`${IMPORTS}
      class Image extends SafeHandle {
        static releaseHandle() {}
        constructor() {
          super(0)
          this.setHandle(1, MIB)
        }
      }
      for (let index = 0; index < 5000; index++) new Image()
      GC.collect()
      report({ peakLive: handleStatistics().peakLive, left: handleStatistics().live })`)
    expect(result.left).toBe(0)
    expect(result.peakLive).toBeLessThan(128)
  })

  test('makes the engine collect by itself', async () => {
    const collections = await runForReport<number>(`${IMPORTS}
      import { PerformanceObserver, constants } from 'node:perf_hooks'
      let major = 0
      new PerformanceObserver((list) => {
        for (const { detail } of list.getEntries()) if (detail.kind === constants.NODE_PERFORMANCE_GC_MAJOR) major++
      }).observe({ entryTypes: ['gc'] })
      for (let step = 0; step < 200; step++) {
        GC.addMemoryPressure(4 * MIB)
        await turns(1)
      }
      await turns(5)
      report(major)`)
    expect(collections).toBeGreaterThan(0)
  })

  test.each([2 ** 50, Number.MAX_SAFE_INTEGER])(
    'of %i bytes crashes nothing, and does not make the engine collect at every step from then on',
    async (bytes) => {
      const result = await runForReport<{ collections: number; left: number }>(`${IMPORTS}
        GC.addMemoryPressure(${bytes})
        const before = GC.collectionCount
        for (let step = 0; step < 500; step++) {
          GC.addMemoryPressure(4 * MIB)
          GC.removeMemoryPressure(4 * MIB)
          if (step % 10 === 0) GC.addMemoryPressure(4 * MIB)
          void GC.collectionCount
        }
        const collections = GC.collectionCount - before
        GC.removeMemoryPressure(${Number.MAX_SAFE_INTEGER})
        report({ collections, left: GC.memoryPressure })`)
      expect(result.left).toBe(0)
      expect(result.collections).toBeLessThan(50)
    },
  )

  test('in gigabytes, on and off all the time, takes a share of the time and not all of it', async () => {
    const collections = await runForReport<number>(`${IMPORTS}
      const heap = Array.from({ length: 300_000 }, (_, index) => ({ index }))
      for (let step = 0; step < 1000; step++) {
        GC.addMemoryPressure(4 * 1024 * MIB)
        GC.removeMemoryPressure(4 * 1024 * MIB)
        void GC.collectionCount
      }
      report(GC.collectionCount + 0 * heap.length)`)
    expect(collections).toBeLessThan(100)
  })

  test('belongs to its thread, and is gone with it', async () => {
    const result = await runForReport(`${IMPORTS}
      import { Worker } from 'node:worker_threads'
      GC.addMemoryPressure(3)
      const ends = []
      for (const ending of ['', 'process.exit(0)', 'throw new Error("on purpose")', 'for (;;) {}']) {
        const worker = new Worker(\`
          import('holdfast').then(({ GC }) => {
            GC.addMemoryPressure(2 ** 40)
            require('node:worker_threads').parentPort.postMessage(GC.memoryPressure)
            setImmediate(() => { \${ending} })
          })\`, { eval: true, execArgv: [] })
        worker.on('error', () => {})
        // Both may come in the same turn.
        const exited = new Promise((resolve) => worker.once('exit', resolve))
        const message = await new Promise((resolve) => worker.once('message', resolve))
        if (ending.startsWith('for')) await worker.terminate()
        await exited
        ends.push([message, GC.memoryPressure])
      }
      report(ends)`)
    expect(result).toEqual(Array(4).fill([2 ** 40, 3]))
  })
})
