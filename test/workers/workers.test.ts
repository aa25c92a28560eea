import { describe, expect, test } from 'vitest'
import { runChild, runForReport } from '../support/child.js'

describe('counting', () => {
  test('is per thread, and the process adds its threads up, the ended ones included', async () => {
    const result = await runForReport<Record<string, unknown>>(new URL('./fixtures/counting.mjs', import.meta.url))
    const exact = { imbalance: 0 }
    const main = { live: 2, liveBytes: 2000, opened: 3, disposed: 1, finalized: 0, kinds: { NativeBuffer: [2, 3] } }
    expect(result).toMatchObject({
      alone: { ...main, ...exact },
      inWorker: {
        atStart: { live: 0, opened: 0, kinds: {}, ...exact },
        later: { live: 4, liveBytes: 350, opened: 5, disposed: 1, kinds: { NativeBuffer: [3, 4], Probe: [1, 1] } },
        live: 4,
        probes: 1,
      },
      together: {
        thread: { ...main, ...exact },
        process: {
          ...{ live: 6, liveBytes: 2350, opened: 8, disposed: 2, finalized: 0 },
          kinds: { NativeBuffer: [5, 7], Probe: [1, 1] },
          ...exact,
        },
        byName: 0,
      },
      afterwards: {
        thread: { ...main, ...exact },
        process: {
          ...{ live: 2, liveBytes: 2000, opened: 8, disposed: 2, finalized: 4 },
          kinds: { NativeBuffer: [2, 7], Probe: [0, 1] },
          ...exact,
        },
      },
      collections: 0,
    })
  })
})

describe('eight workers that open, dispose of and drop 10,000 handles each at once', () => {
  test.each(['return', 'process.exit'])('end well by %s, and every handle is accounted for', async (ending) => {
    const result = await runForReport<{ unbalanced: number; readings: number; peakLive: number }>(
      new URL('./fixtures/churn.mjs', import.meta.url),
      { args: ['8', '10000', ending] },
    )
    const { unbalanced: _unbalanced, readings, peakLive, ...rest } = result
    expect(rest).toEqual({
      failures: [],
      wrongInWorkers: 0,
      moreThanOnce: 0,
      openedByWorkers: 80_000,
      live: 0,
      liveBytes: 0,
      opened: 80_000,
      closed: 80_000,
      bothWays: true,
      kinds: { NativeBuffer: expect.any(Number), Probe: expect.any(Number) },
      mine: 0,
    })
    expect(readings).toBeGreaterThan(10)
    expect(peakLive).toBeGreaterThan(100)
  })

  test('can be counted all the while: the numbers of the process always add up', async () => {
    const { unbalanced } = await runForReport<{ unbalanced: number }>(
      new URL('./fixtures/churn.mjs', import.meta.url),
      { args: ['4', '20000', 'return'] },
    )
    expect(unbalanced).toBe(0)
  })

  test('do not hold up a process that ends meanwhile, nor crash it', async () => {
    const result = await runChild(`
      import { Worker } from 'node:worker_threads'
      import { NativeBuffer } from 'holdfast'
      const busy = \`
        import('holdfast').then(({ GC, NativeBuffer }) => {
          GC.canCollect // Node may complain when it is stopped in the middle of looking for the collector
          require('node:worker_threads').parentPort.postMessage('busy')
          const kept = []
          for (let count = 0; ; count++) kept[count % 100] = new NativeBuffer(1000 * (count % 200)).bytes
        })\`
      let ready = 0
      for (let count = 0; count < 4; count++) {
        new Worker(busy, { eval: true, execArgv: [] }).once('message', () => {
          if (++ready === 4) process.exit(7)
        })
      }
      globalThis.kept = new NativeBuffer(262144).bytes`)
    expect(result).toEqual({ code: 7, signal: null, stdout: '', stderr: '' })
  })
})

describe('eight workers that open, resize, dispose of and drop handles at once under a native limit', () => {
  test('never have more together than it allows, not for a moment, and fill it', async () => {
    const limit = 24 * 2 ** 20
    const result = await runForReport<{ most: number; peak: number; granted: number; refused: number }>(
      new URL('./fixtures/limited.mjs', import.meta.url),
      { args: ['8', '300', '24'] },
    )
    expect(result).toMatchObject({ failures: [], wrong: 0, left: [0, 0, 0], works: 'none' })
    expect(result.granted + result.refused).toBe(2400)
    expect(result.most).toBeLessThanOrEqual(limit)
    expect(result.peak).toBeLessThanOrEqual(limit)
    expect(result.peak).toBeGreaterThan(limit * 0.9)
    expect(result.refused).toBeGreaterThan(0)
  })

  test('and drop everything are hardly ever refused: each makes room for the others', async () => {
    const result = await runForReport<{ refused: number; peak: number }>(`
      import { Worker } from 'node:worker_threads'
      import { handleStatistics, setNativeMemoryLimit } from 'holdfast'
      import { report } from './test/support/in-child.mjs'
      setNativeMemoryLimit(64 * 2 ** 20)
      const work = \`import('holdfast').then(({ NativeBuffer }) => {
        let refused = 0
        for (let index = 0; index < 1000; index++) {
          try {
            new NativeBuffer(2 ** 20)
          } catch {
            refused++
          }
        }
        require('node:worker_threads').parentPort.postMessage(refused)
      })\`
      let refused = 0
      await Promise.all(Array.from({ length: 8 }, () => new Promise((resolve) => {
        const worker = new Worker(work, { eval: true, execArgv: [] })
        worker.on('message', (count) => { refused += count }).on('exit', resolve)
      })))
      report({ refused, peak: handleStatistics({ scope: 'process' }).peakLiveBytes / 2 ** 20 })`)
    // On a busy machine one of them may come too late again and again for what the others release.
    expect(result.refused).toBeLessThan(8)
    expect(result.peak).toBeLessThanOrEqual(64)
  })
})

describe('a thread that is refused', () => {
  test('gets what another thread has dropped, if that opens something now and then', async () => {
    const result = await runForReport(`
      import { once } from 'node:events'
      import { Worker } from 'node:worker_threads'
      import { codeOf, report } from './test/support/in-child.mjs'
      import { handleStatistics, NativeBuffer, setNativeMemoryLimit } from 'holdfast'
      const MIB = 2 ** 20
      const work = \`import('holdfast').then(({ GC, NativeBuffer }) => {
        const { parentPort, workerData } = require('node:worker_threads')
        let old = Array.from({ length: 24 }, () => new NativeBuffer(2 ** 20))
        for (let count = 0; count < 3; count++) GC.collect('minor')
        old = undefined
        parentPort.postMessage('dropped')
        while (Atomics.wait(workerData, 0, 0, 1) === 'timed-out') new NativeBuffer(200_000).dispose()
      })\`
      const stop = new Int32Array(new SharedArrayBuffer(4))
      const worker = new Worker(work, { eval: true, execArgv: [], workerData: stop })
      const exited = once(worker, 'exit')
      await once(worker, 'message')
      setNativeMemoryLimit(30 * MIB)
      const before = handleStatistics({ scope: 'process' }).liveBytes >= 24 * MIB
      const code = codeOf(() => new NativeBuffer(20 * MIB))
      Atomics.store(stop, 0, 1)
      Atomics.notify(stop, 0)
      await exited
      report({ before, code })`)
    expect(result).toEqual({ before: true, code: 'none' })
  })
})

describe('twelve workers that look for the collector of the engine at once', () => {
  test('all find it, each of four times, and leave no global behind', async () => {
    const result = await runForReport(new URL('./fixtures/collectors.mjs', import.meta.url), { args: ['12', '4'] })
    expect(result).toEqual({ found: [12, 12, 12, 12], global: 'undefined' })
  })
})

describe('a library that only workers have loaded', () => {
  test('stays mapped when the last of them has ended, with its counts, several times in a row', async () => {
    const result = await runForReport<{ mapped: boolean[] }>(new URL('./fixtures/only-workers.mjs', import.meta.url))
    expect(result).toMatchObject({
      results: [
        { live: 0, opened: 0, now: 5 },
        { live: 0, opened: 5, now: 5 },
        { live: 0, opened: 10, now: 5 },
        { live: 0, opened: 15, now: 5 },
      ],
      live: 0,
      opened: 20,
    })
    expect(result.mapped.every(Boolean)).toBe(true)
  })
})
