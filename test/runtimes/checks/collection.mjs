import assert from 'node:assert/strict'
import { GC, HandleCollector, handleStatistics, liveHandles, NativeBuffer, setNativeMemoryLimit } from 'holdfast'
import { codeOf, imbalance, Probe, releaseCounts, settle } from '../../support/in-child.mjs'
import { collectWithTurns } from '../support.mjs'

/** Drops handles without a turn of the loop, and returns how many more were live at most. */
function dropInLoop(count, open) {
  const before = handleStatistics()
  let most = 0
  for (let index = 0; index < count; index++) {
    open(index)
    if (index % 100 === 0) most = Math.max(most, liveHandles() - before.live)
  }
  return most
}

async function assertAllReleased() {
  await collectWithTurns(() => liveHandles() === 0)
  assert.equal(liveHandles(), 0)
  assert.equal(imbalance(handleStatistics()), 0)
}

export const collection = {
  'native memory dropped in a synchronous loop comes back inside the loop': async () => {
    const most = dropInLoop(20_000, () => new NativeBuffer(64 * 1024))
    assert.ok(most < 5000, `${most} of 20,000 were live at once`)
    await assertAllReleased()
  },

  'viewed memory dropped in a synchronous loop comes back inside the loop': async () => {
    const most = dropInLoop(20_000, () => new NativeBuffer(64 * 1024).bytes.fill(1))
    assert.ok(most < 5000, `${most} of 20,000 were live at once`)
    await assertAllReleased()
  },

  'handles that JavaScript releases come back inside a synchronous loop, each once': async () => {
    const most = dropInLoop(20_000, (index) => new Probe(100_000 + index, 64 * 1024))
    assert.ok(most < 5000, `${most} of 20,000 were live at once`)
    await assertAllReleased()
    assert.equal(releaseCounts().moreThanOnce, 0)
    assert.equal([...Probe.releases.keys()].filter((value) => value >= 100_000).length, 20_000)
  },

  'GC.collect() releases what was dropped, in the same turn': async () => {
    ;(() => {
      for (let index = 0; index < 1000; index++) new NativeBuffer(100)
    })()
    const before = GC.collectionCount
    GC.collect()
    assert.ok(liveHandles() < 50, `${liveHandles()} of 1000 were left`)
    assert.ok(GC.collectionCount > before)
    await assertAllReleased()
  },

  "GC.collect('minor') releases what was dropped young": async () => {
    ;(() => {
      for (let index = 0; index < 1000; index++) new NativeBuffer(100)
    })()
    const before = GC.collectionCount
    GC.collect('minor')
    const left = liveHandles()
    const majors = GC.collectionCount - before
    await assertAllReleased()
    assert.ok(left < 50, `${left} of 1000 were left`)
    if (majors > 0) return { deviates: 'the runtime collects everything instead' }
  },

  'a thread that opens nothing more gets its dropped handles back': async () => {
    ;(() => {
      for (let index = 0; index < 1000; index++) new NativeBuffer(100)
    })()
    // The engine collects of its own accord; nobody calls the library.
    const end = performance.now() + 20_000
    let garbage = []
    while (handleStatistics().live > 50 && performance.now() < end) {
      for (let index = 0; index < 1000; index++) garbage.push(new Array(100).fill(index))
      if (garbage.length > 20_000) garbage = []
      await new Promise((resolve) => setImmediate(resolve))
    }
    assert.ok(liveHandles() <= 50, `${liveHandles()} of 1000 were left`)
    await assertAllReleased()
  },

  'a classic collector forces a collection past its threshold': async () => {
    const collector = new HandleCollector('classic', 100, undefined, { policy: 'classic' })
    for (let index = 0; index < 200; index++) collector.add()
    assert.ok(collector.collections > 0)
    assert.equal(collector.count, 200)
    for (let index = 0; index < 200; index++) collector.remove()
    assert.equal(
      codeOf(() => collector.remove()),
      'ERR_HOLDFAST_INVALID_OPERATION',
    )
  },

  'an adaptive collector bounds handles that nobody disposes of': async () => {
    class Scarce extends Probe {
      static kind = 'Scarce'
      static collector = new HandleCollector('scarce', 500)
    }
    const most = dropInLoop(20_000, (index) => new Scarce(200_000 + index))
    assert.ok(Scarce.collector.collections > 0)
    assert.ok(most < 10_000, `${most} of 20,000 were live at once`)
    await collectWithTurns(() => liveHandles('Scarce') === 0)
    assert.deepEqual([liveHandles('Scarce'), Scarce.collector.count], [0, 0])
  },

  'a collector with enforceMaximum refuses, and admits again once there is room': () => {
    class Few extends Probe {
      static kind = 'Few'
      static collector = new HandleCollector('few', 2, 4, { enforceMaximum: true })
    }
    const kept = [1, 2, 3, 4].map((value) => new Few(300_000 + value))
    assert.equal(
      codeOf(() => new Few(300_005)),
      'ERR_HOLDFAST_EXHAUSTED',
    )
    kept.pop().dispose()
    new Few(300_006).dispose()
    for (const few of kept) few.dispose()
  },

  'memory pressure is added and taken back, and never crashes': () => {
    const before = GC.memoryPressure
    GC.addMemoryPressure(2 ** 30)
    assert.equal(GC.memoryPressure, before + 2 ** 30)
    for (let index = 0; index < 3; index++) GC.removeMemoryPressure(2 ** 30)
    assert.equal(GC.memoryPressure, before)
    GC.addMemoryPressure(Number.MAX_SAFE_INTEGER)
    GC.removeMemoryPressure(Number.MAX_SAFE_INTEGER)
    assert.ok(GC.totalAvailableMemory > 0)
  },

  'past the native limit what was dropped makes room, and the rest is refused': async () => {
    setNativeMemoryLimit(32 * 2 ** 20)
    try {
      for (let index = 0; index < 200; index++) new NativeBuffer(2 ** 20)
      const kept = []
      assert.equal(
        codeOf(() => {
          for (let index = 0; index < 40; index++) kept.push(new NativeBuffer(2 ** 20))
        }),
        'ERR_MEMORY_ALLOCATION_FAILED',
      )
      assert.ok(kept.length >= 24, `only ${kept.length} of 32 MiB could be used`)
      for (const buffer of kept) buffer.dispose()
    } finally {
      setNativeMemoryLimit(null)
    }
    await settle()
  },

  // The last one of its process, where one handle stays live for good.
  'suppressFinalize and reRegisterForFinalize decide whether a collected handle is released': async () => {
    ;(() => {
      const kept = new Probe(31)
      GC.suppressFinalize(kept)
      const again = new Probe(32)
      GC.suppressFinalize(again)
      GC.reRegisterForFinalize(again)
    })()
    await collectWithTurns(() => Probe.releases.has(32))
    assert.deepEqual([Probe.releases.has(31), Probe.releases.get(32), liveHandles('Probe')], [false, 1, 1])
  },
}
