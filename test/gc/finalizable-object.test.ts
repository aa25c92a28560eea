import { describe, expect, test } from 'vitest'
import { runForReport } from '../support/child.js'

// What finalizers of objects do when nobody is left to be told; for handles see finalizer-path.test.ts.

const IMPORTS = `
  import { DisposableObject, FinalizableObject, GC, handleStatistics, liveHandles, NativeBuffer } from 'holdfast'
  import { Finalizable, Probe, releaseCounts, report, settle, turns } from './test/support/in-child.mjs'
  const warnings = []
  process.removeAllListeners('warning') // Node's own prints them
  process.on('warning', ({ name, code, message }) => warnings.push({ name, code, message }))
  const dropped = (body) => void body()`

describe.concurrent('a finalizer', () => {
  test('runs for objects in reference cycles, with each other and with plain ones', async () => {
    const result = await runForReport(`${IMPORTS}
      dropped(() => {
        const [a, b] = [new Finalizable(1), new Finalizable(2)]
        Object.assign(a, { other: b, self: a, list: [{ a }] })
        Object.assign(b, { other: a })
        const c = new Finalizable(3)
        c.callback = () => c
      })
      GC.collect()
      report({ live: liveHandles(), ...releaseCounts() })`)
    expect(result).toEqual({ live: 0, released: 3, moreThanOnce: 0 })
  })

  test('does not see the first object of its class either, not even in the job that made it', async () => {
    // The library looks at the first one itself, a little later.
    const result = await runForReport(`${IMPORTS}
      class First extends Finalizable {}
      dropped(() => new First(1))
      GC.collect()
      report({ live: liveHandles(), ...releaseCounts() })`)
    expect(result).toEqual({ live: 0, released: 1, moreThanOnce: 0 })
  })

  test('that throws gives one process warning, and does not keep the others from running', async () => {
    const result = await runForReport<{ warnings: { message: string }[] }>(`${IMPORTS}
      const thrown = [new Error('an error'), 'a text', Object.create(null), undefined]
      Probe.onRelease = (value) => {
        if (value % 100 < thrown.length) throw thrown[value % 100]
      }
      dropped(() => { for (let value = 0; value < 1000; value++) new Finalizable(value) })
      GC.collect()
      await turns(2)
      GC.collect()
      await turns(2)
      const { live, finalized, disposed } = handleStatistics()
      report({ warnings, live, finalized, disposed, ...releaseCounts() })`)
    expect(result).toMatchObject({ live: 0, finalized: 1000, disposed: 0, released: 1000, moreThanOnce: 0 })
    expect(result.warnings).toHaveLength(40)
    for (const warning of result.warnings) {
      expect(warning).toMatchObject({ name: 'HandleReleaseWarning', code: 'HOLDFAST_RELEASE' })
    }
    expect(result.warnings.filter(({ message }) => message.includes('an error'))).toHaveLength(10)
  })

  test('may open handles of every sort, dispose of others, and collect', async () => {
    const result = await runForReport(`${IMPORTS}
      const others = Array.from({ length: 100 }, (_, index) => new Finalizable(2000 + index))
      Probe.onRelease = (value) => {
        if (value >= 1000) return
        new NativeBuffer(1000)
        new Finalizable(value + 1000)
        others[value]?.dispose()
        if (value % 100 === 0) GC.collect(value === 500 ? 'major' : 'minor')
      }
      dropped(() => { for (let value = 0; value < 1000; value++) new Finalizable(value) })
      for (let round = 0; round < 4; round++) GC.collect()
      const { live, opened, finalized, disposed } = handleStatistics()
      report({ live, opened, finalized, disposed, ...releaseCounts() })`)
    expect(result).toEqual({ live: 0, opened: 3100, finalized: 3000, disposed: 100, released: 2100, moreThanOnce: 0 })
  })

  test('runs for an object whose disposeCore failed only as part of that dispose()', async () => {
    const result = await runForReport(`${IMPORTS}
      class Failing extends Finalizable {
        disposeCore() {
          throw new Error('core')
        }
      }
      dropped(() => {
        for (let value = 0; value < 10; value++) {
          try {
            new Failing(value).dispose()
          } catch {}
        }
      })
      GC.collect()
      const { live, disposed, finalized } = handleStatistics()
      report({ live, disposed, finalized, ...releaseCounts() })`)
    expect(result).toEqual({ live: 0, disposed: 10, finalized: 0, released: 10, moreThanOnce: 0 })
  })
})

describe.concurrent('what was disposed', () => {
  test('is not kept alive by the library: neither the object nor its state', async () => {
    const result = await runForReport(`${IMPORTS}
      import { GCHandle } from 'holdfast'
      class Holding extends FinalizableObject {
        constructor(state) {
          super(state, () => {})
        }
      }
      const watches = []
      dropped(() => {
        for (let count = 0; count < 10; count++) {
          const state = { count }
          const object = new Holding(state)
          watches.push(GCHandle.alloc(state, 'weak'), GCHandle.alloc(object, 'weak'))
          object.dispose()
        }
      })
      GC.collect()
      report(watches.filter(({ target }) => target !== undefined).length)`)
    expect(result).toBe(0)
  })
})

describe.concurrent('an object that was resurrected', () => {
  const RESURRECTABLE = `${IMPORTS}
    class Undead extends Finalizable {
      again() {
        this.resurrect()
        return this
      }
    }`

  test('and dropped is finalized once more', async () => {
    const result = await runForReport(`${RESURRECTABLE}
      dropped(() => {
        const undead = new Undead(1)
        undead.dispose()
        undead.again()
      })
      GC.collect()
      GC.collect()
      const { live, opened, disposed, finalized } = handleStatistics()
      report({ live, opened, disposed, finalized, releases: Probe.releases.get(1) })`)
    expect(result).toEqual({ live: 0, opened: 2, disposed: 1, finalized: 1, releases: 2 })
  })

  test('again and again, through collections, is finalized once for each time', async () => {
    const result = await runForReport(`${RESURRECTABLE}
      dropped(() => {
        const undead = new Undead(1)
        for (let time = 0; time < 10; time++) {
          undead.dispose()
          GC.collect(time % 2 === 0 ? 'minor' : 'major')
          undead.again()
          GC.collect('minor')
        }
      })
      GC.collect()
      report({ live: liveHandles(), releases: Probe.releases.get(1) })`)
    expect(result).toEqual({ live: 0, releases: 11 })
  })

  test('was not to be finalized before, and is again now', async () => {
    const result = await runForReport(`${RESURRECTABLE}
      dropped(() => {
        const undead = new Undead(1)
        GC.suppressFinalize(undead)
        undead.dispose()
        undead.again()
      })
      GC.collect()
      report({ live: liveHandles(), releases: Probe.releases.get(1) })`)
    expect(result).toEqual({ live: 0, releases: 2 })
  })
})

describe.concurrent('a finalizer state that refers to its object', () => {
  test('is warned of once for each class, when its first object is constructed, and never collected', async () => {
    const result = await runForReport(`${IMPORTS}
      const knotted = (name) => ({ [name]: class extends FinalizableObject {
        constructor() {
          const state = {}
          super(state, () => {})
          state.owner = this
        }
      } })[name]
      const [One, Other] = [knotted('One'), knotted('Other')]
      class Fine extends Finalizable {}
      dropped(() => {
        for (let count = 0; count < 3; count++) for (const type of [One, Other, Fine]) new type(count)
      })
      const atOnce = warnings.length
      await turns(2)
      GC.collect()
      const named = warnings.map(({ name, code, message }) => [name, code, / One /.test(message), / Other /.test(message)])
      report({ atOnce, named, live: [One, Other, Fine].map((type) => liveHandles(type)) })`)
    const warning = ['FinalizerStateWarning', 'HOLDFAST_FINALIZER_STATE']
    expect(result).toEqual({
      atOnce: 0,
      named: [
        [...warning, true, false],
        [...warning, false, true],
      ],
      live: [3, 3, 0],
    })
  })
})
