import { afterEach, describe, expect, test } from 'vitest'
import { engineCollector } from '../../lib/engine-collector.js'
import { GC, handleStatistics, liveHandles, NativeBuffer, SafeHandle } from '../../lib/index.js'
import { runForReport } from '../support/child.js'

const KIB = 1024

class Resource extends SafeHandle<number> {
  static released: number[] = []

  static releaseHandle(handle: number): void {
    Resource.released.push(handle)
  }

  constructor(handle: number) {
    super(-1)
    this.setHandle(handle)
  }
}

/** Nothing that `open` makes survives this call. */
function drop(count: number, open: (index: number) => unknown): void {
  for (let index = 0; index < count; index++) open(index)
}

/** Makes the engine collect behind the back of the library. */
const collectInEngine = (kind: 'major' | 'minor' = 'major') => engineCollector()?.(kind)

afterEach(async () => {
  GC.collect()
  await GC.waitForPendingFinalizers()
  Resource.released = []
  expect(liveHandles()).toBe(0)
})

describe('GC.collect()', () => {
  test('has released every dropped handle of either sort when it returns', () => {
    drop(100, (index) => (index % 2 === 0 ? new NativeBuffer(4 * KIB) : new Resource(index)))
    expect(liveHandles()).toBe(100)
    GC.collect()
    expect(liveHandles()).toBe(0)
    expect(Resource.released).toHaveLength(50)
  })

  test('counts what it released as finalized, not as disposed', () => {
    const before = handleStatistics()
    drop(10, () => new NativeBuffer(100))
    GC.collect()
    const { finalized, disposed } = handleStatistics()
    expect([finalized - before.finalized, disposed - before.disposed]).toEqual([10, 0])
  })

  test('leaves handles alone that are in use', () => {
    using buffer = new NativeBuffer(4 * KIB)
    using resource = new Resource(1)
    GC.collect()
    expect(liveHandles()).toBe(2)
    expect(Resource.released).toEqual([])
    expect([buffer.isClosed, resource.isClosed]).toEqual([false, false])
  })

  test("of what is young with 'minor' releases nearly all of what was dropped young", () => {
    GC.collect('minor')
    drop(1000, () => new NativeBuffer(100))
    GC.collect('minor')
    expect(liveHandles()).toBeLessThan(50)
  })

  test.each([
    ['were disposed after collections', ['collect', 'dispose']],
    ['were disposed before collections', ['dispose', 'collect']],
  ])(
    'of what is young finds buffers as young as they are, whatever was passed on from others that %s',
    (_title, order) => {
      const earlier = Array.from({ length: 1000 }, () => new NativeBuffer(100))
      for (const step of order) {
        if (step === 'dispose') for (const buffer of earlier) buffer.dispose()
        else for (let count = 0; count < 3; count++) GC.collect('minor')
      }
      drop(1000, () => new NativeBuffer(100))
      GC.collect('minor')
      expect(liveHandles()).toBeLessThan(50)
    },
  )

  test('refuses another kind', () => {
    const code = 'ERR_INVALID_ARG_VALUE'
    expect(() => GC.collect('full' as 'major')).toThrow(expect.objectContaining({ code }))
  })

  test('is possible here', () => {
    expect(GC.canCollect).toBe(true)
  })
})

describe('GC.reclaim()', () => {
  test('releases what the engine has found dead, at once, and says how many', () => {
    drop(20, (index) => (index % 2 === 0 ? new NativeBuffer(100) : new Resource(index)))
    collectInEngine()
    expect(liveHandles()).toBe(20)
    expect(GC.reclaim()).toBe(20)
    expect(liveHandles()).toBe(0)
    expect(Resource.released).toHaveLength(10)
  })

  test('releases nothing, and says so, when nothing was found dead', () => {
    using buffer = new NativeBuffer(100)
    collectInEngine()
    expect([GC.reclaim(), GC.reclaim()]).toEqual([0, 0])
    expect(buffer.isClosed).toBe(false)
  })

  test('releases the handle whose lease was never returned: nobody is left who could', () => {
    drop(10, (index) => (index % 2 === 0 ? new NativeBuffer(100) : new Resource(index)).lease())
    collectInEngine()
    expect(GC.reclaim()).toBe(10)
    expect(Resource.released).toHaveLength(5)
  })

  test('releases the handle that was disposed while a lease was out that was then dropped', () => {
    drop(4, (index) => {
      const handle = index % 2 === 0 ? new NativeBuffer(256 * KIB) : new Resource(index)
      handle.lease()
      handle.dispose()
    })
    expect(liveHandles()).toBe(4)
    collectInEngine()
    expect(GC.reclaim()).toBe(4)
    expect(Resource.released).toHaveLength(2)
  })

  test('does not release what a lease still holds, although the handle itself was dropped', () => {
    let lease: Disposable | undefined = new Resource(1).lease()
    collectInEngine()
    expect(GC.reclaim()).toBe(0)
    lease[Symbol.dispose]()
    lease = undefined
    collectInEngine()
    expect(GC.reclaim()).toBe(1)
  })
})

describe('GC.waitForPendingFinalizers()', () => {
  test('resolves when memory that was viewed is free as well, each of 60 times', async () => {
    // The engine finds such memory dead on a thread of its own, which may take longer than a few turns.
    const left = await runForReport<number[]>(`
      import { GC, handleStatistics, NativeBuffer } from 'holdfast'
      import { report } from './test/support/in-child.mjs'
      const left = []
      for (let round = 0; round < 60; round++) {
        ;(() => {
          for (let count = 0; count < 50; count++) new NativeBuffer(256 * 1024).bytes.fill(1)
        })()
        GC.collect()
        await GC.waitForPendingFinalizers()
        const { live, liveBytes } = handleStatistics()
        if (live + liveBytes > 0) left.push(liveBytes)
      }
      report(left)`)
    expect(left).toEqual([])
  })

  test('resolves in a thread that has nothing to release', async () => {
    await expect(GC.waitForPendingFinalizers()).resolves.toBeUndefined()
  })
})

describe('GC.collectionCount', () => {
  test('grows with major collections, whoever forced them, and not with minor ones', () => {
    const start = GC.collectionCount
    GC.collect('minor')
    GC.collect('minor')
    expect(GC.collectionCount).toBe(start)
    GC.collect()
    expect(GC.collectionCount).toBe(start + 1)
    collectInEngine()
    expect(GC.collectionCount).toBe(start + 2)
    expect(GC.collectionCount).toBe(start + 2)
  })
})

describe('GC.keepAlive()', () => {
  test.each([undefined, null, Number.NaN, 'text', {}])('takes anything: %s', (value) => {
    expect(GC.keepAlive(value)).toBeUndefined()
  })

  test('keeps a handle from being collected before it, also in optimised code', async () => {
    // The function without it shows that the engine really is that eager.
    const result = await runForReport(
      `
      import { GC, liveHandles, NativeBuffer } from 'holdfast'
      import { report } from './test/support/in-child.mjs'
      function without() {
        const buffer = new NativeBuffer(8)
        void buffer.byteLength
        GC.collect()
        return liveHandles()
      }
      function withIt() {
        const buffer = new NativeBuffer(8)
        void buffer.byteLength
        GC.collect()
        const live = liveHandles()
        GC.keepAlive(buffer)
        return live
      }
      const optimised = (body) => {
        %PrepareFunctionForOptimization(body);
        body();
        body();
        %OptimizeFunctionOnNextCall(body);
        return body()
      }
      const counts = { without: optimised(without), withIt: optimised(withIt) }
      GC.collect()
      report({ ...counts, after: liveHandles() })`,
      { execArgv: ['--allow-natives-syntax'] },
    )
    expect(result).toEqual({ without: 0, withIt: 1, after: 0 })
  })
})

describe('a process that was started without --expose-gc', () => {
  test('has no global gc before or after GC.collect(), in no context', async () => {
    const result = await runForReport(`
      import { runInNewContext } from 'node:vm'
      import { Worker } from 'node:worker_threads'
      import { GC } from 'holdfast'
      import { report } from './test/support/in-child.mjs'
      const types = () => [typeof globalThis.gc, runInNewContext('typeof gc')]
      const before = types()
      GC.collect()
      GC.collect('minor')
      const code = 'import("node:worker_threads").then(({ parentPort }) => parentPort.postMessage(typeof gc))'
      const worker = new Worker(code, { eval: true })
      const inWorker = await new Promise((resolve) => worker.once('message', resolve))
      report({ before, after: types(), inWorker, can: GC.canCollect, count: GC.collectionCount })`)
    expect(result).toEqual({
      before: ['undefined', 'undefined'],
      after: ['undefined', 'undefined'],
      inWorker: 'undefined',
      can: true,
      count: 1,
    })
  })
})

describe('a process that was started with --expose-gc', () => {
  test('keeps its global gc', async () => {
    const result = await runForReport(
      `
      import { GC } from 'holdfast'
      import { report } from './test/support/in-child.mjs'
      GC.collect()
      report({ global: typeof globalThis.gc, can: GC.canCollect })`,
      { execArgv: ['--expose-gc'] },
    )
    expect(result).toEqual({ global: 'function', can: true })
  })
})
