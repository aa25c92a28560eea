import { describe, expect, it } from 'vitest'
import { runForReport } from '../support/child.js'

// Runtimes that cannot be made to collect, and those where it is done in another way.

const IN = (surroundings: string, body: string) => `
  import { syncBuiltinESMExports } from 'node:module'
  import vm from 'node:vm'
  import { report } from './test/support/in-child.mjs'
  ${surroundings}
  syncBuiltinESMExports()
  const { GC, HandleCollector, liveHandles, NativeBuffer, SafeHandle, setNativeMemoryLimit } = await import('holdfast')
  ${body}`

/** Other contexts have no `gc`, whatever flags there are. */
const WITHOUT = [
  ['looks for it in vain', 'vm.runInNewContext = () => { throw new ReferenceError("gc is not defined") }'],
  ['finds something else', 'vm.runInNewContext = () => "gc"'],
] as const

describe.each(WITHOUT)('a program that cannot make its engine collect, and %s', (_, surroundings) => {
  it('is told so when it asks for a collection', async () => {
    const body = `
      let code
      try { GC.collect() } catch (error) { code = error.code }
      report([GC.canCollect, code])`
    expect(await runForReport(IN(surroundings, body))).toEqual([false, 'ERR_HOLDFAST_INVALID_OPERATION'])
  })

  it('goes on when native memory grows, or is refused', async () => {
    const body = `
      for (let index = 0; index < 100; index++) new NativeBuffer(2 ** 20)
      GC.addMemoryPressure(2 ** 28)
      const kept = []
      setNativeMemoryLimit(GC.memoryPressure + 2 ** 20)
      let code
      try { for (;;) kept.push(new NativeBuffer(2 ** 20)) } catch (error) { code = error.code }
      for (const buffer of kept) buffer.dispose()
      report(code)`
    expect(await runForReport(IN(surroundings, body))).toBe('ERR_MEMORY_ALLOCATION_FAILED')
  })

  it.each(['adaptive', 'classic'])('counts handles all the same, and refuses too many: %s', async (policy) => {
    const body = `
      const collector = new HandleCollector('test', 10, 100, { policy: '${policy}', enforceMaximum: true })
      let code
      try { for (let index = 0; index < 1000; index++) collector.add() } catch (error) { code = error.code }
      report([code, collector.count, collector.collections])`
    expect(await runForReport(IN(surroundings, body))).toEqual(['ERR_HOLDFAST_EXHAUSTED', 100, 0])
  })
})

describe('the collector of the engine', () => {
  it('is that of Bun, where there is one', async () => {
    const surroundings = 'const calls = []; globalThis.Bun = { gc: (synchronously) => calls.push(synchronously) }'
    const body = "GC.collect(); GC.collect('minor'); report([GC.canCollect, ...calls])"
    expect(await runForReport(IN(surroundings, body))).toEqual([true, true, true])
  })
})

describe('a collector that enforces its maximum', () => {
  it('forces no collection where those that the engine has found dead make room', async () => {
    const script = `
      import { HandleCollector, SafeHandle } from 'holdfast'
      import { report } from './test/support/in-child.mjs'
      class Scarce extends SafeHandle {
        static collector = new HandleCollector('scarce', 100, 100, { enforceMaximum: true })
        static releaseHandle() {}
        constructor() {
          super(0)
          this.setHandle(1)
        }
      }
      for (let index = 0; index < 100; index++) new Scarce()
      gc()
      new Scarce()
      report(Scarce.collector.collections)`
    expect(await runForReport(script, { execArgv: ['--expose-gc'] })).toBe(0)
  })
})

describe('the collectors of classes', () => {
  const IMPORTS = `
    import { GC, HandleCollector, SafeHandle } from 'holdfast'
    import { report } from './test/support/in-child.mjs'
    const classWith = (collector, fails) => class extends SafeHandle {
      static collector = collector
      static released = 0
      static releaseHandle() { this.released++ }
      constructor() {
        super(0)
        if (fails) throw new RangeError()
        this.setHandle(1)
      }
    }`

  it('count no handle whose constructor has failed, once that is collected, and release nothing', async () => {
    const script = `${IMPORTS}
      const Failing = classWith(new HandleCollector('failing', 1000), true)
      const open = () => { try { new Failing() } catch {} }
      for (let index = 0; index < 10; index++) open()
      const before = Failing.collector.count
      GC.collect()
      report([before, Failing.collector.count, Failing.released])`
    expect(await runForReport(script)).toEqual([10, 0, 0])
  })

  it('are 1023 in a thread, and one more is refused', async () => {
    const script = `${IMPORTS}
      let opened = 0
      let code
      try {
        for (;; opened++) new (classWith(new HandleCollector('many', 1000), false))().dispose()
      } catch (error) { code = error.code }
      report([opened, code])`
    expect(await runForReport(script)).toEqual([1023, 'ERR_HOLDFAST_EXHAUSTED'])
  })
})

describe('the slots of handles that were disposed', () => {
  it('are not kept for ever where none is opened between collections', async () => {
    const script = `
      import { GC, handleStatistics, NativeBuffer } from 'holdfast'
      import { report } from './test/support/in-child.mjs'
      const buffers = Array.from({ length: 2000 }, () => new NativeBuffer(8))
      while (buffers.length > 0) {
        for (const buffer of buffers.splice(0, 200)) buffer.dispose()
        GC.collect()
      }
      const { live, opened, disposed } = handleStatistics()
      const again = Array.from({ length: 500 }, () => new NativeBuffer(8))
      report([live, opened, disposed, handleStatistics().live, again.length])`
    expect(await runForReport(script)).toEqual([0, 2000, 2000, 500, 500])
  })
})

describe('GC.totalAvailableMemory', () => {
  const totalWith = (limit: string) =>
    runForReport<[number, number]>(`
      import { totalmem } from 'node:os'
      process.constrainedMemory = () => ${limit}
      // Found out once, when it is loaded.
      const { GC } = await import('holdfast')
      const { report } = await import('./test/support/in-child.mjs')
      report([GC.totalAvailableMemory, totalmem()])`)

  it('is what the runtime says of the container', async () => {
    expect((await totalWith('2 ** 28'))[0]).toBe(2 ** 28)
  })

  it.each(['0', 'undefined', '2 ** 63'])(
    'is not more than the machine has where the runtime says %s',
    async (limit) => {
      const [available, machine] = await totalWith(limit)
      expect(available).toBeLessThanOrEqual(machine)
    },
  )
})
