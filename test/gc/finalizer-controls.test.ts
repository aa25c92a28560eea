import { afterEach, describe, expect, test } from 'vitest'
import { FinalizableObject, GC, handleStatistics, liveHandles, NativeBuffer, SafeHandle } from '../../lib/index.js'
import { runForReport } from '../support/child.js'

// GC.suppressFinalize and GC.reRegisterForFinalize, in every order, on everything that is finalized.

const code = (expected: string) => expect.objectContaining({ code: expected })

let released = 0

class Handle extends SafeHandle<number> {
  static releaseHandle(): void {
    released++
  }
  constructor() {
    super(-1)
    this.setHandle(1)
  }
}

class Managed extends FinalizableObject<number> {
  constructor() {
    super(1, () => void released++)
  }
}

class Memory extends NativeBuffer {
  constructor() {
    super(100)
    void this.bytes
  }
}

/** What is there, and whether its releases can be counted. */
const SORTS = [
  ['SafeHandle', () => new Handle(), 1],
  ['FinalizableObject', () => new Managed(), 1],
  ['NativeBuffer', () => new Memory(), 0],
] as const

afterEach(async () => {
  GC.collect()
  await GC.waitForPendingFinalizers()
  expect(liveHandles()).toBe(0)
  released = 0
})

describe.each(SORTS)('a %s', (_, open, counted) => {
  const { suppressFinalize, reRegisterForFinalize } = GC
  /** Opens one, does something to it, and drops it. */
  const dropAfter = (...steps: ((object: Disposable) => void)[]) => {
    const object = open()
    for (const step of steps) step(object)
  }

  test.each([
    ['suppressed and registered again', [suppressFinalize, reRegisterForFinalize]],
    ['suppressed twice and registered again', [suppressFinalize, suppressFinalize, reRegisterForFinalize]],
    ['registered again without having been suppressed', [reRegisterForFinalize, reRegisterForFinalize]],
    [
      'suppressed and registered again and again',
      [suppressFinalize, reRegisterForFinalize, suppressFinalize, reRegisterForFinalize, reRegisterForFinalize],
    ],
    ['registered again after a collection', [suppressFinalize, () => GC.collect(), reRegisterForFinalize]],
    ['suppressed after a collection', [() => GC.collect(), suppressFinalize, reRegisterForFinalize]],
  ])('%s is finalized, once', (_title, steps) => {
    const before = handleStatistics()
    dropAfter(...steps)
    GC.collect()
    GC.collect()
    const { opened, finalized } = handleStatistics()
    expect([opened - before.opened, finalized - before.finalized, released]).toEqual([1, 1, counted])
  })

  test.each([
    ['suppressed', [suppressFinalize]],
    ['suppressed and registered again', [suppressFinalize, reRegisterForFinalize]],
    ['suppressed before a collection', [suppressFinalize, () => GC.collect()]],
  ])('%s is released by dispose(), once', (_title, steps) => {
    const object = open()
    for (const step of steps) step(object)
    object.dispose()
    object.dispose()
    GC.collect()
    expect([liveHandles(), released]).toEqual([0, counted])
  })

  test('that was disposed cannot be registered again, and is not released again', () => {
    const object = open()
    object.dispose()
    suppressFinalize(object)
    expect(() => reRegisterForFinalize(object)).toThrow(code('ERR_HOLDFAST_DISPOSED'))
    GC.collect()
    expect([liveHandles(), released]).toEqual([0, counted])
  })

  test('that suppresses itself while it is disposed is released all the same', () => {
    const object = open() as Handle
    Object.assign(object, {
      disposeCore() {
        suppressFinalize(object)
        reRegisterForFinalize(object)
        suppressFinalize(object)
      },
    })
    object.dispose()
    expect([liveHandles(), released]).toEqual([0, counted])
  })

  test('that is not to be finalized keeps the slots of others and their tokens apart', () => {
    const suppressed: Disposable[] = Array.from({ length: 300 }, () => open())
    for (const object of suppressed) suppressFinalize(object)
    for (const object of suppressed.splice(100, 100)) object[Symbol.dispose]()
    const others = Array.from({ length: 300 }, (): Disposable => open())
    expect(liveHandles()).toBe(500)
    for (const object of [...suppressed, ...others]) object[Symbol.dispose]()
    expect([liveHandles(), released]).toEqual([0, 600 * counted])
  })
})

describe('a SafeHandle', () => {
  class Late extends SafeHandle<number> {
    static releaseHandle(): void {
      released++
    }
    constructor(ownsHandle = true) {
      super(-1, ownsHandle)
    }
    acquire(handle = 1): void {
      this.setHandle(handle)
    }
  }

  test('suppressed before it has a handle is released by dispose()', () => {
    const late = new Late()
    GC.suppressFinalize(late)
    late.acquire()
    late.acquire(-1)
    late.acquire(2)
    expect([liveHandles(), released]).toEqual([1, 0])
    late.dispose()
    expect([liveHandles(), released]).toEqual([0, 1])
  })

  test('suppressed and registered again before it has a handle is finalized', () => {
    ;(() => {
      const late = new Late()
      GC.suppressFinalize(late)
      GC.reRegisterForFinalize(late)
      late.acquire()
    })()
    GC.collect()
    expect([liveHandles(), released]).toEqual([0, 1])
  })

  test('that was given away cannot be registered again', () => {
    const handle = new Handle()
    handle.setHandleAsInvalid()
    expect(() => GC.reRegisterForFinalize(handle)).toThrow(code('ERR_HOLDFAST_DISPOSED'))
    GC.collect()
    expect(released).toBe(0)
  })

  test('that was disposed while a reference is out can be suppressed: the last reference releases', () => {
    const handle = new Handle()
    const lease = handle.lease()
    handle.dispose()
    GC.suppressFinalize(handle)
    GC.collect()
    expect([liveHandles(), released]).toEqual([1, 0])
    lease.dispose()
    expect([liveHandles(), released]).toEqual([0, 1])
  })

  test('that is borrowed has no finalizer: nothing happens to it', () => {
    const borrowed = new Late(false)
    GC.suppressFinalize(borrowed)
    GC.reRegisterForFinalize(borrowed)
    borrowed.acquire()
    borrowed.dispose()
    expect(() => GC.reRegisterForFinalize(borrowed)).toThrow(code('ERR_HOLDFAST_DISPOSED'))
    expect(released).toBe(0)
  })
})

describe('objects without a finalizer', () => {
  test.each([[{}], [() => {}], [[]], [Object.create(null)], [new Proxy({}, {})]])('%s are ignored', (object) => {
    GC.suppressFinalize(object)
    GC.reRegisterForFinalize(object)
  })

  test.each([[undefined], [null], [1], ['text'], [Symbol('s')], [1n], [true]])('%s is refused', (value) => {
    expect(() => GC.suppressFinalize(value as never)).toThrow(code('ERR_INVALID_ARG_TYPE'))
    expect(() => GC.reRegisterForFinalize(value as never)).toThrow(code('ERR_INVALID_ARG_TYPE'))
  })
})

describe('an object that is dropped while it is not to be finalized', () => {
  test('is never released, not at the end either, and stays counted as live', async () => {
    const result = await runForReport(`
      import { GC, handleStatistics, liveHandles, NativeBuffer } from 'holdfast'
      import { Finalizable, Probe, releaseCounts, report, settle } from './test/support/in-child.mjs'
      ;(() => {
        for (let value = 0; value < 100; value++) {
          for (const handle of [new Finalizable(value), new Probe(1000 + value), new NativeBuffer(100)]) {
            if (value % 2 === 0) GC.suppressFinalize(handle)
          }
        }
      })()
      await settle()
      const kinds = ['Finalizable', 'Probe', 'NativeBuffer'].map((kind) => liveHandles(kind))
      const { finalized, disposed } = handleStatistics()
      const before = releaseCounts()
      process.on('exit', () => report({ kinds, finalized, disposed, before, atEnd: releaseCounts() }))`)
    const counts = { released: 100, moreThanOnce: 0 }
    expect(result).toEqual({ kinds: [50, 50, 50], finalized: 150, disposed: 0, before: counts, atEnd: counts })
  })

  test('is never released either when it got its handle only afterwards, or another one', async () => {
    const result = await runForReport(`
      import { GC, liveHandles, SafeHandle } from 'holdfast'
      import { Probe, releaseCounts, report } from './test/support/in-child.mjs'
      class Late extends SafeHandle {
        static releaseHandle = Probe.releaseHandle
        acquire(...values) {
          for (const value of values) this.setHandle(value)
        }
      }
      for (const values of [[1], [2, 3], [4, -1, 5]]) {
        const late = new Late(-1)
        GC.suppressFinalize(late)
        late.acquire(...values)
      }
      GC.collect()
      report({ live: liveHandles(), ...releaseCounts() })`)
    expect(result).toEqual({ live: 3, released: 0, moreThanOnce: 0 })
  })
})
