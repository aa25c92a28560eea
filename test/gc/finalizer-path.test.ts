import { describe, expect, test } from 'vitest'
import { runForReport } from '../support/child.js'

// What releaseHandle may do when nobody is left to be told: fail, open handles, ask for a collection.

const IMPORTS = `
  import { GC, handleStatistics, liveHandles, NativeBuffer, SafeHandle } from 'holdfast'
  import { codeOf, Probe, releaseCounts, report, settle, turns } from './test/support/in-child.mjs'
  const warnings = []
  process.removeAllListeners('warning') // Node's own prints them
  process.on('warning', ({ name, code, detail }) => warnings.push({ name, code, hasDetail: Boolean(detail) }))`

const WARNING = { name: 'HandleReleaseWarning', code: 'HOLDFAST_RELEASE' }

describe.concurrent('a subclass whose constructor throws after setHandle()', () => {
  test('leaks nothing: the handle is released once, by the finalizer', async () => {
    const result = await runForReport(`${IMPORTS}
      class Failing extends Probe {
        static kind = 'Failing'
        constructor(value) {
          super(value, 1000)
          throw Object.assign(new Error('after setHandle'), { code: 'AFTER' })
        }
      }
      GC.collect() // so that the engine does not do it by itself below
      const codes = new Set(Array.from({ length: 50 }, (_, index) => codeOf(() => new Failing(index))))
      const before = liveHandles('Failing')
      GC.collect()
      const { live, liveBytes, finalized } = handleStatistics()
      report({ codes: [...codes], before, live, liveBytes, finalized, ...releaseCounts(), warnings })`)
    expect(result).toEqual({
      codes: ['AFTER'],
      before: 50,
      live: 0,
      liveBytes: 0,
      finalized: 50,
      released: 50,
      moreThanOnce: 0,
      warnings: [],
    })
  })

  test('leaks nothing either when it extends NativeBuffer', async () => {
    const result = await runForReport(`${IMPORTS}
      class Failing extends NativeBuffer {
        constructor() {
          super(256 * 1024)
          this.bytes.fill(1)
          throw Object.assign(new Error('after super'), { code: 'AFTER' })
        }
      }
      const codes = new Set(Array.from({ length: 50 }, () => codeOf(() => new Failing())))
      await settle()
      const { live, liveBytes, finalized } = handleStatistics()
      report({ codes: [...codes], live, liveBytes, finalized })`)
    expect(result).toEqual({ codes: ['AFTER'], live: 0, liveBytes: 0, finalized: 50 })
  })
})

describe.concurrent('releaseHandle failing on the finalizer path', () => {
  test.each([
    ['throws', "throw new Error('no')", true],
    ['throws something that is no error', "throw 'no'", false],
    ['returns false', 'return false', false],
  ])(
    'gives exactly one process warning when it %s, and the handle counts as finalized',
    async (_title, body, hasDetail) => {
      const result = await runForReport(`${IMPORTS}
      class Refusing extends SafeHandle {
        static calls = 0
        static releaseHandle() {
          Refusing.calls++
          ${body}
        }
        constructor() {
          super(0)
          this.setHandle(1)
        }
      }
      ;(() => void new Refusing())()
      GC.collect()
      await turns(2)
      GC.collect()
      await turns(2)
      const { live, finalized, disposed } = handleStatistics()
      report({ warnings, calls: Refusing.calls, live, finalized, disposed })`)
      expect(result).toEqual({ warnings: [{ ...WARNING, hasDetail }], calls: 1, live: 0, finalized: 1, disposed: 0 })
    },
  )

  test('does not keep the others from being released, nor reach the code that opens a handle', async () => {
    const result = await runForReport(`${IMPORTS}
      Probe.onRelease = (value) => {
        if (value % 100 === 0) throw new Error('no')
      }
      for (let value = 0; value < 20_000; value++) new Probe(value, 100_000)
      await turns(2) // a warning that was not delivered yet knows the object whose constructor it came from
      GC.collect()
      await turns(2)
      report({ warnings: warnings.length, live: liveHandles(), ...releaseCounts() })`)
    expect(result).toEqual({ warnings: 200, live: 0, released: 20_000, moreThanOnce: 0 })
  })
})

describe.concurrent('releaseHandle using the library on the finalizer path', () => {
  test('may open handles of every sort, which are released in turn', async () => {
    const result = await runForReport(`${IMPORTS}
      Probe.onRelease = (value) => {
        new NativeBuffer(1000)
        void new NativeBuffer(1000).bytes
        if (value < 1000) new Probe(value + 1000)
      }
      for (let value = 0; value < 1000; value++) new Probe(value)
      for (let round = 0; round < 4; round++) GC.collect()
      const { live, opened, finalized } = handleStatistics()
      report({ live, opened, finalized, ...releaseCounts() })`)
    expect(result).toEqual({ live: 0, opened: 6000, finalized: 6000, released: 2000, moreThanOnce: 0 })
  })

  test('may reclaim and collect, which releases nothing twice', async () => {
    const result = await runForReport(`${IMPORTS}
      const answers = new Set()
      Probe.onRelease = (value) => {
        if (value % 100 === 0) GC.collect('minor')
        if (value === 500) GC.collect()
        answers.add(GC.reclaim())
      }
      for (let value = 0; value < 1000; value++) new Probe(value)
      GC.collect()
      report({ live: liveHandles(), ...releaseCounts(), answers: [...answers] })`)
    expect(result).toEqual({ live: 0, released: 1000, moreThanOnce: 0, answers: [0] })
  })

  test('may dispose of a handle that is still in use', async () => {
    const result = await runForReport(`${IMPORTS}
      const parents = Array.from({ length: 100 }, (_, index) => new Probe(1000 + index))
      Probe.onRelease = (value) => parents[value]?.dispose()
      ;(() => { for (let value = 0; value < 100; value++) new Probe(value) })()
      GC.collect()
      const { live, finalized, disposed } = handleStatistics()
      report({ live, finalized, disposed, ...releaseCounts() })`)
    expect(result).toEqual({ live: 0, finalized: 100, disposed: 100, released: 200, moreThanOnce: 0 })
  })

  test('cannot see a handle that is open under the same number: numbers are not reused for the dead', async () => {
    const result = await runForReport(`${IMPORTS}
      const opened = []
      Probe.onRelease = (value) => {
        if (value < 1000) opened.push(new Probe(value + 1000))
      }
      ;(() => { for (let value = 0; value < 1000; value++) new Probe(value) })()
      GC.collect()
      const alive = opened.every((probe) => !probe.isClosed && probe.dangerousGetHandle() >= 1000)
      const between = liveHandles()
      for (const probe of opened) probe.dispose()
      report({ alive, between, live: liveHandles(), ...releaseCounts() })`)
    expect(result).toEqual({ alive: true, between: 1000, live: 0, released: 2000, moreThanOnce: 0 })
  })
})
