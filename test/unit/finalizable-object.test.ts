import { describe, expect, it } from 'vitest'
import { FinalizableObject, GC, HandleCollector, handleStatistics, liveHandles } from '../../lib/index.js'

const code = (expected: string) => expect.objectContaining({ code: expected })

interface State {
  readonly name: string
  readonly finalized: string[]
}

class Lock extends FinalizableObject<State> {
  constructor(name: string, finalized: string[]) {
    super({ name, finalized }, (state) => void state.finalized.push(state.name))
  }
  check(): void {
    this.throwIfDisposed()
  }
  acquireAgain(): void {
    this.resurrect()
  }
}

describe('dispose()', () => {
  it('runs disposeCore, then the finalizer with the state, once, and closes the handle', () => {
    const order: string[] = []
    class Ordered extends Lock {
      protected override disposeCore(): void {
        this.check()
        order.push('core')
      }
    }
    const lock = new Ordered('a', order)
    expect([lock.isDisposed, liveHandles('Ordered')]).toEqual([false, 1])
    lock.dispose()
    lock.dispose()
    expect(order).toEqual(['core', 'a'])
    expect([lock.isDisposed, liveHandles('Ordered')]).toEqual([true, 0])
    expect(() => lock.check()).toThrow(code('ERR_HOLDFAST_DISPOSED'))
  })

  it('gives the finalizer the state it was constructed with and nothing else, not even a receiver', () => {
    const calls: unknown[][] = []
    class Recording extends FinalizableObject<object> {
      constructor(state: object) {
        super(state, function (this: unknown, ...args: unknown[]) {
          calls.push([this, ...args])
        })
      }
    }
    const state = {}
    new Recording(state).dispose()
    ;(() => void new Recording(state))()
    GC.collect()
    expect(calls).toEqual([
      [undefined, state],
      [undefined, state],
    ])
    expect(calls[0]?.[1]).toBe(state)
  })

  it('runs the finalizer also when disposeCore throws, and throws that', () => {
    class Throwing extends Lock {
      protected override disposeCore(): void {
        throw new Error('core')
      }
    }
    const finalized: string[] = []
    const lock = new Throwing('a', finalized)
    expect(() => lock.dispose()).toThrow('core')
    expect([finalized, lock.isDisposed, liveHandles('Throwing')]).toEqual([['a'], true, 0])
  })

  it('throws what the finalizer throws, which is not run again', () => {
    let runs = 0
    class Failing extends FinalizableObject<undefined> {
      constructor() {
        super(undefined, () => {
          runs++
          throw new Error('finalizer')
        })
      }
    }
    const failing = new Failing()
    expect(() => failing.dispose()).toThrow('finalizer')
    failing.dispose()
    expect([runs, failing.isDisposed, liveHandles('Failing')]).toEqual([1, true, 0])
  })

  it('keeps both errors when disposeCore and the finalizer throw, that of the finalizer as the latest', () => {
    class Failing extends FinalizableObject<undefined> {
      constructor() {
        super(undefined, () => {
          throw new Error('finalizer')
        })
      }
      protected override disposeCore(): void {
        throw new Error('core')
      }
    }
    expect(() => new Failing().dispose()).toThrow(
      expect.objectContaining({
        name: 'SuppressedError',
        error: expect.objectContaining({ message: 'finalizer' }),
        suppressed: expect.objectContaining({ message: 'core' }),
      }),
    )
  })

  it('three levels deep runs every cleanup, derived ones first and the finalizer last, whatever they throw', () => {
    const order: string[] = []
    const level = (Base: typeof Lock, name: string) =>
      class extends Base {
        protected override disposeCore(): void {
          try {
            order.push(name)
            throw new Error(name)
          } finally {
            super.disposeCore()
          }
        }
      }
    const Top = level(level(level(Lock, 'first'), 'second'), 'third')
    expect(() => new Top('finalizer', order).dispose()).toThrow('first')
    expect(order).toEqual(['third', 'second', 'first', 'finalizer'])
  })

  it('within the finalizer, of another object, works', () => {
    const finalized: string[] = []
    const inner = new Lock('inner', finalized)
    class Outer extends FinalizableObject<Lock> {
      constructor() {
        super(inner, (state) => state.dispose())
      }
    }
    new Outer().dispose()
    expect(finalized).toEqual(['inner'])
  })
})

describe('construction', () => {
  it.each([[undefined], [null], ['close'], [{}]])(
    'with %s for a finalizer is refused and counts nothing',
    (finalizer) => {
      class Bad extends FinalizableObject<number> {
        constructor() {
          super(1, finalizer as never)
        }
      }
      expect(() => new Bad()).toThrow(code('ERR_INVALID_ARG_TYPE'))
      expect(handleStatistics().kinds['Bad']).toBeUndefined()
    },
  )

  it.each([
    ['a number', 0],
    ['nothing', undefined],
    ['a bigint', 7n],
    ['a text', ''],
  ])('takes %s for a state', (_, state) => {
    const seen: unknown[] = []
    class Plain extends FinalizableObject<unknown> {
      constructor() {
        super(state, (value) => void seen.push(value))
      }
    }
    new Plain().dispose()
    expect(seen).toEqual([state])
  })

  it('that throws after super() leaves the state to the finalizer', () => {
    const finalized: string[] = []
    class Half extends Lock {
      constructor() {
        super('half', finalized)
        throw new Error('after super')
      }
    }
    expect(() => new Half()).toThrow('after super')
    expect(liveHandles('Half')).toBe(1)
    GC.collect()
    expect([finalized, liveHandles('Half')]).toEqual([['half'], 0])
  })
})

describe('counting', () => {
  it('goes by the class or its static kind, and adds up', () => {
    class Named extends Lock {
      static readonly kind = 'lock of a name'
    }
    const before = handleStatistics().kinds['lock of a name']?.opened ?? 0
    const finalized: string[] = []
    const locks = [new Named('a', finalized), new Named('b', finalized), new Named('c', finalized)]
    locks[0]?.dispose()
    expect([liveHandles(Named), liveHandles('lock of a name'), liveHandles('Named')]).toEqual([2, 2, 0])
    const { live, opened, disposed, finalized: collected } = handleStatistics().kinds['lock of a name'] ?? {}
    expect({ live, opened, disposed, collected }).toEqual({ live: 2, opened: before + 3, disposed: 1, collected: 0 })
    for (const lock of locks) lock.dispose()
    expect(liveHandles(Named)).toBe(0)
  })

  it('asks the static collector of the class, and refuses before the object is counted', () => {
    class Scarce extends Lock {
      static readonly collector = new HandleCollector('locks', 1, 2, { enforceMaximum: true })
    }
    const finalized: string[] = []
    const locks = [new Scarce('a', finalized), new Scarce('b', finalized)]
    expect(() => new Scarce('c', finalized)).toThrow(code('ERR_HOLDFAST_EXHAUSTED'))
    expect([Scarce.collector.count, liveHandles('Scarce')]).toEqual([2, 2])
    locks[0]?.dispose()
    expect(Scarce.collector.count).toBe(1)
    locks.push(new Scarce('d', finalized))
    for (const lock of locks) lock.dispose()
    expect([finalized, Scarce.collector.count]).toEqual([['a', 'b', 'd'], 0])
  })
})

describe('resurrect()', () => {
  it('registers the object again: it is counted and finalized once more', () => {
    const finalized: string[] = []
    const lock = new Lock('a', finalized)
    lock.dispose()
    lock.acquireAgain()
    expect([lock.isDisposed, liveHandles('Lock')]).toEqual([false, 1])
    lock.check()
    lock.dispose()
    lock.dispose()
    expect([finalized, liveHandles('Lock')]).toEqual([['a', 'a'], 0])
  })

  it('does nothing for an object in use: it is not counted twice', () => {
    const finalized: string[] = []
    using lock = new Lock('a', finalized)
    lock.acquireAgain()
    expect(liveHandles('Lock')).toBe(1)
  })

  it('that is refused by the collector leaves the object disposed', () => {
    class Scarce extends Lock {
      static readonly collector = new HandleCollector('locks', 1, 1, { enforceMaximum: true })
    }
    const lock = new Scarce('a', [])
    lock.dispose()
    using other = new Scarce('b', [])
    expect(() => lock.acquireAgain()).toThrow(code('ERR_HOLDFAST_EXHAUSTED'))
    expect([lock.isDisposed, other.isDisposed, liveHandles('Scarce')]).toEqual([true, false, 1])
  })
})

describe('a state that refers to its object', () => {
  class Knotted extends FinalizableObject<{ owner?: unknown; deep?: unknown }> {
    constructor(tie: (object: Knotted, state: { owner?: unknown; deep?: unknown }) => void) {
      const state = {}
      super(state, () => {})
      tie(this, state)
    }
    acquireAgain(): void {
      this.resurrect()
    }
  }

  // The first object of a class is looked at by itself; its warning has a test in test/gc.
  new Knotted(() => {}).dispose()

  it.each<[string, (object: Knotted, state: { owner?: unknown }) => void]>([
    ['as a property', (object, state) => (state.owner = object)],
    ['in an array', (object, state) => (state.owner = [1, object])],
    ['in a map, as a value', (object, state) => (state.owner = new Map([['key', object]]))],
    ['in a map, as a key', (object, state) => (state.owner = new Map([[object, 1]]))],
    ['in a set', (object, state) => (state.owner = new Set([object]))],
    ['under a symbol', (object, state) => (state.owner = { [Symbol('hidden')]: object })],
  ])('%s is refused by resurrect() and by reRegisterForFinalize()', (_, tie) => {
    const knotted = new Knotted(tie)
    expect(() => GC.reRegisterForFinalize(knotted)).toThrow(code('ERR_HOLDFAST_INVALID_OPERATION'))
    knotted.dispose()
    expect(() => knotted.acquireAgain()).toThrow(code('ERR_HOLDFAST_INVALID_OPERATION'))
    expect([knotted.isDisposed, liveHandles('Knotted')]).toEqual([true, 0])
  })

  it('is looked for without running code of the program: getters, proxies, iterators', () => {
    const never = () => {
      throw new Error('ran code of the program')
    }
    class Trap extends Map<unknown, unknown> {
      override [Symbol.iterator](): never {
        return never()
      }
      override entries(): never {
        return never()
      }
    }
    const { proxy, revoke } = Proxy.revocable({}, {})
    revoke()
    const knotted = new Knotted((_, state) => {
      state.owner = [new Trap([[1, 2]]), proxy, new Proxy({}, { ownKeys: never, getPrototypeOf: never })]
      Object.defineProperty(state, 'deep', { get: never, enumerable: true })
    })
    GC.reRegisterForFinalize(knotted)
    knotted.dispose()
    knotted.acquireAgain()
    knotted.dispose()
    expect(knotted.isDisposed).toBe(true)
  })

  it('is looked for no longer than a moment, however much the state holds', () => {
    const knotted = new Knotted((_, state) => {
      const many = new Array(1_000_000).fill(0)
      state.owner = Array.from({ length: 1000 }, () => many)
    })
    const start = performance.now()
    GC.reRegisterForFinalize(knotted)
    expect(performance.now() - start).toBeLessThan(200)
    knotted.dispose()
  })
})
