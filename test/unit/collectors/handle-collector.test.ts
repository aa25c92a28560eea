import { afterEach, describe, expect, it } from 'vitest'
import {
  FinalizableObject,
  GC,
  HandleCollector,
  type HandleCollectorOptions,
  handleStatistics,
  liveHandles,
  NativeBuffer,
  SafeHandle,
} from '../../../lib/index.js'

const code = (expected: string) => expect.objectContaining({ code: expected })
const anything = (value: unknown) => value as never

afterEach(() => {
  GC.collect()
  expect(liveHandles()).toBe(0)
})

const POLICIES = ['classic', 'adaptive'] as const

describe('construction', () => {
  it('takes a name and thresholds, and begins with nothing counted', () => {
    const collector = new HandleCollector('db', 10, 20)
    expect(collector).toMatchObject({ name: 'db', initialThreshold: 10, maximumThreshold: 20, threshold: 10 })
    expect([collector.count, collector.collections]).toEqual([0, 0])
  })

  it('has no name when that is null, and a maximum of 2³¹ − 1 when none is given', () => {
    expect(new HandleCollector(null, 0)).toMatchObject({ name: '', maximumThreshold: 2 ** 31 - 1 })
    expect(new HandleCollector('', 5, 5)).toMatchObject({ name: '', initialThreshold: 5, maximumThreshold: 5 })
  })

  it.each<[string, unknown[], string, string]>([
    ['a name that is a number', [1, -1], 'name', 'ERR_INVALID_ARG_TYPE'],
    ['no name', [undefined, 1], 'name', 'ERR_INVALID_ARG_TYPE'],
    ['no threshold', ['x'], 'initialThreshold', 'ERR_INVALID_ARG_TYPE'],
    ['a threshold below 0, before all else', ['x', -1, -2, 5], 'initialThreshold', 'ERR_OUT_OF_RANGE'],
    ['a threshold that is a fraction', ['x', 1.5], 'initialThreshold', 'ERR_OUT_OF_RANGE'],
    ['a threshold that is NaN', ['x', Number.NaN], 'initialThreshold', 'ERR_OUT_OF_RANGE'],
    ['a threshold without end', ['x', Number.POSITIVE_INFINITY], 'initialThreshold', 'ERR_OUT_OF_RANGE'],
    ['a threshold that is a text', ['x', '1'], 'initialThreshold', 'ERR_INVALID_ARG_TYPE'],
    ['a maximum below 0', ['x', 1, -1], 'maximumThreshold', 'ERR_OUT_OF_RANGE'],
    ['a maximum that is a fraction', ['x', 1, 1.5], 'maximumThreshold', 'ERR_OUT_OF_RANGE'],
    ['a maximum that is null', ['x', 1, null], 'maximumThreshold', 'ERR_INVALID_ARG_TYPE'],
    ['a threshold above the maximum', ['x', 2, 1, 5], 'initialThreshold', 'ERR_OUT_OF_RANGE'],
    ['options that are a text', ['x', 1, 1, 'classic'], 'options', 'ERR_INVALID_ARG_TYPE'],
    ['a policy that is unknown', ['x', 1, 1, { policy: 'timer' }], 'options.policy', 'ERR_INVALID_ARG_VALUE'],
    ['a policy that is a number', ['x', 1, 1, { policy: 1 }], 'options.policy', 'ERR_INVALID_ARG_TYPE'],
    ['a share above 1', ['x', 1, 1, { maxCollectionShare: 1.1 }], 'options.maxCollectionShare', 'ERR_OUT_OF_RANGE'],
    ['a share that is NaN', ['x', 1, 1, { maxCollectionShare: NaN }], 'options.maxCollectionShare', 'ERR_OUT_OF_RANGE'],
    [
      'a share that is a text',
      ['x', 1, 1, { maxCollectionShare: '1' }],
      'options.maxCollectionShare',
      'ERR_INVALID_ARG_TYPE',
    ],
    [
      'enforcing that is a number',
      ['x', 1, 1, { enforceMaximum: 1 }],
      'options.enforceMaximum',
      'ERR_INVALID_ARG_TYPE',
    ],
  ])('refuses %s', (_, args, name, expected) => {
    const construct = () => Reflect.construct(HandleCollector, args)
    expect(construct).toThrow(code(expected))
    // Which argument is at fault is part of the contract.
    expect(construct).toThrow(`"${name}"`.replaceAll('"', expected === 'ERR_INVALID_ARG_VALUE' ? "'" : '"'))
  })
})

describe('add() and remove()', () => {
  it.each(POLICIES)('count up and down, and never below 0 (%s)', (policy) => {
    const collector = new HandleCollector('x', 100, 200, { policy })
    collector.add()
    collector.add()
    collector.remove()
    expect(collector.count).toBe(1)
    collector.remove()
    expect(() => collector.remove()).toThrow(code('ERR_HOLDFAST_INVALID_OPERATION'))
    expect(() => collector.remove()).toThrow(code('ERR_HOLDFAST_INVALID_OPERATION'))
    expect(collector.count).toBe(0)
    collector.add()
    expect(collector.count).toBe(1)
    collector.remove()
  })

  it('remove() takes away only what was added, never a handle of a class', () => {
    class Counted extends SafeHandle<number> {
      static readonly collector = new HandleCollector('x', 100)
      static releaseHandle() {}
      constructor() {
        super(-1)
        this.setHandle(1)
      }
    }
    using _ = new Counted()
    Counted.collector.add()
    expect(Counted.collector.count).toBe(2)
    Counted.collector.remove()
    expect(() => Counted.collector.remove()).toThrow(code('ERR_HOLDFAST_INVALID_OPERATION'))
    expect(Counted.collector.count).toBe(1)
  })
})

describe('the classic policy', () => {
  const classic = (initial: number) => new HandleCollector('x', initial, 1000, { policy: 'classic' })
  /** At which counts it collects while handles are only added. */
  function firingsOf(collector: HandleCollector, adds: number): number[] {
    return Array.from({ length: adds }, () => {
      const before = collector.collections
      collector.add()
      return collector.collections > before ? collector.count : 0
    }).filter(Boolean)
  }

  it('collects at 21, 24, 27, 30, 34 and 38 when it begins at 20', () => {
    const collector = classic(20)
    expect(firingsOf(collector, 40)).toEqual([21, 24, 27, 30, 34, 38])
    expect([collector.collections, collector.threshold, collector.count]).toEqual([6, 41, 40])
  })

  it.each([
    [0, 12, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12]],
    [1, 12, [2, 3, 4, 5, 6, 7, 8, 9, 10, 12]],
    [100, 150, [101, 112, 124, 137]],
  ])(
    'beginning at %i collects whenever the count passes the threshold, which goes up by a tenth',
    (initial, adds, firings) => {
      expect(firingsOf(classic(initial), adds)).toEqual(firings)
    },
  )

  it('collects twice what is young, then everything', () => {
    const collector = classic(20)
    const major = () => GC.collectionCount
    const kinds: boolean[] = []
    for (let add = 0; add < 40; add++) {
      const before = [collector.collections, major()]
      collector.add()
      if (collector.collections !== before[0]) kinds.push(major() !== before[1])
    }
    expect(kinds).toEqual([false, false, true, true, true, true])
  })

  it('lowers the threshold only past a band of a tenth, never below the first', () => {
    const collector = classic(20)
    for (let add = 0; add < 38; add++) collector.add()
    const thresholds = new Map([[38, collector.threshold]])
    while (collector.count > 0) {
      collector.remove()
      thresholds.set(collector.count, collector.threshold)
    }
    const at = (...counts: number[]) => counts.map((count) => thresholds.get(count))
    expect(at(38, 34, 33, 30, 29, 26, 25, 0)).toEqual([41, 41, 36, 36, 31, 31, 27, 20])
  })

  it('begins with what is young again once the threshold came down', () => {
    const collector = classic(20)
    for (let add = 0; add < 30; add++) collector.add()
    while (collector.count > 0) collector.remove()
    const [collections, major] = [collector.collections, GC.collectionCount]
    for (let add = 0; add < 21; add++) collector.add()
    expect([collector.collections - collections, GC.collectionCount - major]).toEqual([1, 0])
  })

  it('skips a collection when the engine has just made one', () => {
    const collector = classic(20)
    for (let add = 0; add < 23; add++) collector.add()
    expect([collector.collections, collector.threshold]).toEqual([1, 23])
    GC.collect()
    collector.add()
    expect([collector.collections, collector.threshold]).toEqual([1, 26])
  })

  it('brings its threshold down when the engine finds handles of its classes dead', () => {
    class Dropped extends SafeHandle<number> {
      static readonly collector = classic(20)
      static releaseHandle() {}
      constructor() {
        super(-1)
        this.setHandle(1)
      }
    }
    const { collector } = Dropped
    const highest = { count: 0, threshold: 0 }
    for (let index = 0; index < 2000; index++) {
      new Dropped()
      highest.count = Math.max(highest.count, collector.count)
      highest.threshold = Math.max(highest.threshold, collector.threshold)
    }
    // One that the frame still holds now and then is all that survives.
    expect(highest.count).toBeLessThan(30)
    expect(highest.threshold).toBeLessThan(30)
    GC.collect()
    expect([collector.count, collector.threshold]).toEqual([0, 20])
  })
})

describe('the static collector of a class', () => {
  const counted = (options?: HandleCollectorOptions, maximum?: number) =>
    class Counted extends SafeHandle<number> {
      static readonly collector = new HandleCollector('counted', 5, maximum, options)
      static released = 0
      static releaseHandle() {
        Counted.released++
      }
      constructor(value = 1, ownsHandle = true) {
        super(-1, ownsHandle)
        if (value !== 0) this.setHandle(value)
      }
    }

  it('counts handles from their construction to their release, whatever closes them', () => {
    const Counted = counted()
    const { collector } = Counted
    const handles = Array.from({ length: 4 }, () => new Counted())
    expect(collector.count).toBe(4)
    handles[0]?.dispose()
    expect(collector.count).toBe(3)
    handles[1]?.setHandleAsInvalid()
    expect(collector.count).toBe(2)
    const lease = handles[2]?.lease()
    handles[2]?.dispose()
    expect(collector.count).toBe(2)
    lease?.dispose()
    expect(collector.count).toBe(1)
    handles.length = 0
    GC.collect()
    expect([collector.count, Counted.released]).toEqual([0, 3])
  })

  it('counts those of classes that extend it, too', () => {
    const Counted = counted()
    class Derived extends Counted {}
    class Further extends Derived {
      static override readonly collector = new HandleCollector('further', 5)
    }
    using _a = new Counted()
    using _b = new Derived()
    using _c = new Further()
    expect([Counted.collector.count, Further.collector.count]).toEqual([2, 1])
  })

  it('counts no handle that is borrowed, and one that is invalid no longer than until that is known', () => {
    const Counted = counted()
    using _borrowed = new Counted(1, false)
    expect(Counted.collector.count).toBe(0)
    using _invalid = new Counted(-1)
    expect(Counted.collector.count).toBe(0)
    // What nobody has said anything of may be on its way to being acquired.
    using _unknown = new Counted(0)
    expect(Counted.collector.count).toBe(1)
  })

  it('counts no more once a constructor threw after super() and its object was collected', () => {
    const Counted = counted()
    class Failing extends Counted {
      constructor() {
        super(7)
        throw new Error('after super')
      }
    }
    expect(() => new Failing()).toThrow('after super')
    expect(Counted.collector.count).toBe(1)
    GC.collect()
    expect([Counted.collector.count, Counted.released]).toEqual([0, 1])
  })

  it('counts a handle once, whatever values it is given', () => {
    class Changing extends counted() {
      change(value: number) {
        this.setHandle(value)
      }
    }
    using handle = new Changing(1)
    handle.change(2)
    expect(Changing.collector.count).toBe(1)
    handle.change(-1)
    expect(Changing.collector.count).toBe(0)
    handle.change(3)
    expect(Changing.collector.count).toBe(1)
  })

  it('counts a handle whose finalizer is suppressed until it is disposed', () => {
    const Counted = counted()
    const handle = new Counted()
    GC.suppressFinalize(handle)
    GC.collect()
    expect(Counted.collector.count).toBe(1)
    handle.dispose()
    expect(Counted.collector.count).toBe(0)
  })

  it('may be shared by classes of every sort', () => {
    const collector = new HandleCollector('shared', 100)
    class Memory extends NativeBuffer {
      static readonly collector = collector
    }
    class Managed extends FinalizableObject<number> {
      static readonly collector = collector
      constructor() {
        super(1, () => {})
      }
    }
    class Handle extends counted() {
      static override readonly collector = collector
    }
    using memory = new Memory(10)
    using _o = new Managed()
    using _h = new Handle()
    collector.add()
    expect(collector.count).toBe(4)
    memory.resize(20)
    memory.dispose()
    collector.remove()
    expect(collector.count).toBe(2)
    using _viewed = new Memory(100_000)
    void _viewed.bytes
    expect(collector.count).toBe(3)
  })

  it('that is something else is refused by every class', () => {
    class BadHandle extends counted() {
      static override readonly collector = anything({ add() {}, remove() {} })
    }
    class BadObject extends FinalizableObject<number> {
      static readonly collector = anything(5)
      constructor() {
        super(1, () => {})
      }
    }
    class BadMemory extends NativeBuffer {
      static readonly collector = anything('x')
    }
    for (const construct of [() => new BadHandle(), () => new BadObject(), () => new BadMemory(8)]) {
      expect(construct).toThrow(code('ERR_INVALID_ARG_TYPE'))
    }
    expect(liveHandles()).toBe(0)
  })
})

describe.each(POLICIES)('enforceMaximum (%s)', (policy) => {
  const options: HandleCollectorOptions = { policy, enforceMaximum: true }

  it('refuses an add past the maximum, which is not counted, until there is room', () => {
    const collector = new HandleCollector('seats', 2, 3, options)
    for (let add = 0; add < 3; add++) collector.add()
    const refusal = { code: 'ERR_HOLDFAST_EXHAUSTED', resource: 'seats', limit: 3, live: 3 }
    expect(() => collector.add()).toThrow(expect.objectContaining(refusal))
    expect(() => collector.add()).toThrow(expect.objectContaining(refusal))
    expect(collector.count).toBe(3)
    collector.remove()
    collector.add()
    expect(collector.count).toBe(3)
  })

  it('with a maximum of 0 refuses everything', () => {
    const collector = new HandleCollector('none', 0, 0, options)
    expect(() => collector.add()).toThrow(code('ERR_HOLDFAST_EXHAUSTED'))
    expect(collector.count).toBe(0)
  })

  it('collects before it refuses', () => {
    const collector = new HandleCollector('seats', 3, 3, options)
    for (let add = 0; add < 3; add++) collector.add()
    const before = [collector.collections, GC.collectionCount]
    expect(() => collector.add()).toThrow(code('ERR_HOLDFAST_EXHAUSTED'))
    expect([collector.collections, GC.collectionCount]).toEqual(before.map((count) => Number(count) + 1))
  })

  const limited = (maximum: number) =>
    class Limited extends SafeHandle<number> {
      static readonly collector = new HandleCollector('limited', maximum, maximum, options)
      static acquired = 0
      static releaseHandle() {}
      constructor() {
        super(-1)
        this.setHandle(++Limited.acquired)
      }
    }

  it('refuses a handle in super(), before anything is acquired or counted', () => {
    const Limited = limited(2)
    const handles = [new Limited(), new Limited()]
    const { opened } = handleStatistics()
    expect(() => new Limited()).toThrow(code('ERR_HOLDFAST_EXHAUSTED'))
    expect([Limited.acquired, Limited.collector.count, handleStatistics().opened]).toEqual([2, 2, opened])
    handles[0]?.dispose()
    handles.push(new Limited())
    for (const handle of handles) handle.dispose()
    expect([Limited.acquired, Limited.collector.count]).toEqual([3, 0])
  })

  it('makes room by collecting handles that nobody uses any more', () => {
    const Limited = limited(10)
    for (let index = 0; index < 500; index++) new Limited()
    expect(Limited.acquired).toBe(500)
    expect(Limited.collector.count).toBeLessThanOrEqual(10)
  })

  it('limits native buffers, and makes room for them', () => {
    class Limited extends NativeBuffer {
      static readonly collector = new HandleCollector('limited', 4, 4, options)
    }
    for (let index = 0; index < 200; index++) void new Limited(1000).bytes
    expect(Limited.collector.count).toBeLessThanOrEqual(4)
    GC.collect()
    const buffers = Array.from({ length: 4 }, () => new Limited(10))
    expect(() => new Limited(10)).toThrow(code('ERR_HOLDFAST_EXHAUSTED'))
    buffers[0]?.dispose()
    buffers.push(new Limited(10))
    for (const buffer of buffers) buffer.dispose()
    expect(Limited.collector.count).toBe(0)
  })
})

it('without enforceMaximum the maximum refuses nothing', () => {
  const collector = new HandleCollector('x', 1, 2)
  for (let add = 0; add < 10; add++) collector.add()
  expect(collector.count).toBe(10)
})
