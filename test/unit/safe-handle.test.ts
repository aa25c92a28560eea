import { inspect } from 'node:util'
import { beforeEach, describe, expect, it } from 'vitest'
import { handleStatistics, liveHandles, SafeHandle } from '../../lib/index.js'
import { FakeHandle } from '../support/fake-handle.js'

beforeEach(() => FakeHandle.reset())

const code = (expected: string) => expect.objectContaining({ code: expected })

describe('dispose()', () => {
  it('runs disposeCore, then releaseHandle with the raw value exactly once, and closes', () => {
    const order: string[] = []
    class Ordered extends SafeHandle<number> {
      static releaseHandle(handle: number) {
        order.push(`release ${handle}`)
      }
      constructor() {
        super(-1)
        this.setHandle(7)
      }
      protected override disposeCore() {
        order.push('core')
      }
    }
    const handle = new Ordered()
    expect([handle.isClosed, handle.isDisposed]).toEqual([false, false])
    handle.dispose()
    expect(order).toEqual(['core', 'release 7'])
    expect([handle.isClosed, handle.isDisposed]).toEqual([true, true])
  })

  it('does nothing when called again', () => {
    const handle = new FakeHandle(1)
    handle.dispose()
    handle.dispose()
    handle.close()
    handle[Symbol.dispose]()
    expect(FakeHandle.released).toEqual([1])
  })

  it('runs at the end of a using block, also when the block throws', () => {
    const failing = () => {
      using handle = new FakeHandle(2)
      throw new Error(`in the block of ${handle.dangerousGetHandle()}`)
    }
    expect(failing).toThrow('in the block of 2')
    expect(FakeHandle.released).toEqual([2])
  })

  it('waits with the release for the last reference that is out', () => {
    const handle = new FakeHandle(3)
    handle.dangerousAddRef()
    handle.dangerousAddRef()
    handle.dispose()
    expect([handle.isDisposed, handle.isClosed]).toEqual([true, false])
    handle.dangerousRelease()
    expect(FakeHandle.released).toEqual([])
    handle.dangerousRelease()
    expect(FakeHandle.released).toEqual([3])
    expect(handle.isClosed).toBe(true)
  })

  it('runs disposeCore once and at once, also when the release waits', () => {
    let runs = 0
    class Counting extends FakeHandle {
      protected override disposeCore() {
        runs++
        super.disposeCore()
      }
    }
    const handle = new Counting(4)
    handle.dangerousAddRef()
    handle.dispose()
    expect(runs).toBe(1)
    handle.dangerousRelease()
    handle.dispose()
    expect(runs).toBe(1)
  })

  it('lets members work inside disposeCore, where the handle is still open', () => {
    let seen: unknown[] = []
    class Looking extends FakeHandle {
      protected override disposeCore() {
        using lease = this.lease()
        seen = [lease.value, this.isClosed, this.isDisposed]
        this.dispose()
      }
    }
    new Looking(5).dispose()
    expect(seen).toEqual([5, false, true])
    expect(FakeHandle.released).toEqual([5])
  })

  it('closes without a release when the handle is invalid or not owned', () => {
    const invalid = new FakeHandle(-1)
    const borrowed = new FakeHandle(6, { ownsHandle: false })
    expect([invalid.isInvalid, borrowed.isInvalid]).toEqual([true, false])
    invalid.dispose()
    borrowed.dispose()
    expect([invalid.isClosed, borrowed.isClosed]).toEqual([true, true])
    expect(FakeHandle.released).toEqual([])
  })
})

describe('references', () => {
  it('are refused once disposed or closed', () => {
    const disposed = new FakeHandle(1)
    disposed.dangerousAddRef()
    disposed.dispose()
    expect(() => disposed.dangerousAddRef()).toThrow(code('ERR_HOLDFAST_DISPOSED'))
    const closed = new FakeHandle(2)
    closed.setHandleAsInvalid()
    expect(() => closed.lease()).toThrow(code('ERR_HOLDFAST_DISPOSED'))
  })

  it('cannot be given back when none is out, before or after dispose, and never cost the owner its own', () => {
    const handle = new FakeHandle(3)
    expect(() => handle.dangerousRelease()).toThrow(code('ERR_HOLDFAST_INVALID_OPERATION'))
    expect(handle.isClosed).toBe(false)
    handle.dispose()
    expect(() => handle.dangerousRelease()).toThrow(code('ERR_HOLDFAST_INVALID_OPERATION'))
    expect(FakeHandle.released).toEqual([3])
  })

  it('come as leases that can be disposed twice', () => {
    const handle = new FakeHandle(4)
    const other = handle.lease()
    const lease = handle.lease()
    expect(lease.value).toBe(4)
    handle.dispose()
    lease.dispose()
    lease[Symbol.dispose]()
    expect(FakeHandle.released).toEqual([])
    other.dispose()
    expect(FakeHandle.released).toEqual([4])
  })
})

describe('a release that fails', () => {
  it.each([
    ['throws', new Error('EIO')],
    ['returns false', false],
  ])('because releaseHandle %s closes the handle, is not tried again and reaches the caller', (_, outcome) => {
    const before = liveHandles('FakeHandle')
    const handle = new FakeHandle(1)
    FakeHandle.outcome = outcome
    expect(() => handle.dispose()).toThrow(
      expect.objectContaining({ code: 'ERR_HOLDFAST_RELEASE', kind: 'FakeHandle' }),
    )
    expect(handle.isClosed).toBe(true)
    handle.dispose()
    expect(FakeHandle.released).toEqual([1])
    expect(liveHandles('FakeHandle')).toBe(before)
  })

  it('carries what releaseHandle threw as its cause', () => {
    const cause = new Error('EIO')
    FakeHandle.outcome = cause
    expect(() => new FakeHandle(1).dispose()).toThrow(expect.objectContaining({ cause }))
  })

  it('inside the last dangerousRelease() is thrown by that call', () => {
    const handle = new FakeHandle(1)
    handle.dangerousAddRef()
    handle.dispose()
    FakeHandle.outcome = false
    expect(() => handle.dangerousRelease()).toThrow(code('ERR_HOLDFAST_RELEASE'))
    expect(handle.isClosed).toBe(true)
  })
})

describe('a disposeCore that throws', () => {
  class Throwing extends FakeHandle {
    protected override disposeCore() {
      throw new Error('core')
    }
  }

  it('does not keep the handle from being released', () => {
    expect(() => new Throwing(1).dispose()).toThrow('core')
    expect(FakeHandle.released).toEqual([1])
  })

  it('is kept beside a release that fails too, the release as the latest error', () => {
    FakeHandle.outcome = false
    expect(() => new Throwing(1).dispose()).toThrow(
      expect.objectContaining({
        name: 'SuppressedError',
        error: expect.objectContaining({ code: 'ERR_HOLDFAST_RELEASE' }),
        suppressed: expect.objectContaining({ message: 'core' }),
      }),
    )
  })

  it('three levels deep lets every level clean up, derived ones first', () => {
    const order: string[] = []
    const level = (Base: typeof FakeHandle, name: string) =>
      class extends Base {
        protected override disposeCore() {
          try {
            order.push(name)
            throw new Error(name)
          } finally {
            super.disposeCore()
          }
        }
      }
    const Deepest = level(level(level(FakeHandle, 'first'), 'second'), 'third')
    expect(() => new Deepest(1).dispose()).toThrow(Error)
    expect(order).toEqual(['third', 'second', 'first'])
    expect(FakeHandle.released).toEqual([1])
  })
})

describe('setHandleAsInvalid()', () => {
  it('closes without a release, leaves the value alone, and makes dispose silent', () => {
    const handle = new FakeHandle(8)
    handle.setHandleAsInvalid()
    expect([handle.isClosed, handle.isInvalid, handle.dangerousGetHandle()]).toEqual([true, false, 8])
    handle.dispose()
    expect(handle.isDisposed).toBe(true)
    expect(FakeHandle.released).toEqual([])
  })

  it('with references out lets them be given back', () => {
    const handle = new FakeHandle(8)
    handle.dangerousAddRef()
    handle.setHandleAsInvalid()
    handle.dangerousRelease()
    expect(FakeHandle.released).toEqual([])
  })
})

describe('after dispose', () => {
  it('the raw value stays readable and isInvalid unchanged', () => {
    const handle = new FakeHandle(9)
    handle.dispose()
    expect([handle.dangerousGetHandle(), handle.isInvalid]).toEqual([9, false])
  })

  it('setHandle does not take a handle over', () => {
    const handle = new FakeHandle(9)
    handle.dispose()
    expect(() => handle.set(10)).toThrow(code('ERR_HOLDFAST_DISPOSED'))
    expect(handle.dangerousGetHandle()).toBe(9)
  })
})

describe('setHandle()', () => {
  it.each([
    ['8', 'ERR_INVALID_ARG_TYPE'],
    [-1, 'ERR_OUT_OF_RANGE'],
    [1.5, 'ERR_OUT_OF_RANGE'],
    [Number.NaN, 'ERR_OUT_OF_RANGE'],
    [2 ** 53, 'ERR_OUT_OF_RANGE'],
    [null, 'ERR_INVALID_ARG_TYPE'],
  ])('refuses a byteLength of %s and does not take the handle over', (byteLength, expected) => {
    const handle = new FakeHandle(-1)
    expect(() => handle.set(5, byteLength)).toThrow(code(expected))
    expect(handle.isInvalid).toBe(true)
    handle.dispose()
    expect(FakeHandle.released).toEqual([])
  })

  it('counts the bytes behind the handle, and those of its latest value only', () => {
    const before = handleStatistics().liveBytes
    const handle = new FakeHandle(1, { byteLength: 1000 })
    handle.set(2, 300)
    expect(handleStatistics().liveBytes - before).toBe(300)
    handle.dispose()
    expect(handleStatistics().liveBytes).toBe(before)
    expect(FakeHandle.released).toEqual([2])
  })

  it('to the invalid value leaves nothing to release', () => {
    const before = liveHandles('FakeHandle')
    const handle = new FakeHandle(1)
    handle.set(-1)
    expect(liveHandles('FakeHandle')).toBe(before)
    handle.dispose()
    expect(FakeHandle.released).toEqual([])
  })

  it('asks the static isInvalidHandle where there is one', () => {
    class Zero extends FakeHandle {
      static isInvalidHandle(handle: number) {
        return handle === 0
      }
    }
    expect([new Zero(0).isInvalid, new Zero(-1).isInvalid]).toEqual([true, false])
  })

  it('compares with the invalid value as Object.is does', () => {
    class Nan extends SafeHandle<number> {
      static releaseHandle() {}
      constructor(handle: number) {
        super(Number.NaN)
        this.setHandle(handle)
      }
    }
    expect([new Nan(Number.NaN).isInvalid, new Nan(0).isInvalid]).toEqual([true, false])
  })
})

describe('construction', () => {
  it('of a class that owns handles and cannot release them is refused', () => {
    class Forgetful extends SafeHandle<number> {
      constructor() {
        super(-1)
      }
    }
    expect(() => new Forgetful()).toThrow(code('ERR_HOLDFAST_INVALID_OPERATION'))
  })
})

describe('the kind of a handle', () => {
  it('is the static kind of its class, or the name of the class', () => {
    class Connection extends FakeHandle {
      static readonly kind = 'connection'
    }
    class Lease extends FakeHandle {}
    using _a = new Connection(1)
    using _b = new Lease(2)
    expect([liveHandles('connection'), liveHandles(Connection), liveHandles('Lease')]).toEqual([1, 1, 1])
  })
})

describe('util.inspect', () => {
  it('shows kind, size and state, never the raw value', () => {
    const handle = new FakeHandle(123456, { byteLength: 77 })
    expect(inspect(handle)).toBe("FakeHandle { size: 77, state: 'open' }")
    handle.dangerousAddRef()
    handle.dispose()
    expect(inspect(handle)).toBe("FakeHandle { size: 77, state: 'disposed, 1 reference out' }")
    handle.dangerousRelease()
    expect(inspect(handle)).toBe("FakeHandle { state: 'disposed' }")
    const shared = new FakeHandle(1)
    for (let count = 0; count < 2; count++) shared.dangerousAddRef()
    expect(inspect(shared)).toBe("FakeHandle { state: 'open, 2 references out' }")
    for (let count = 0; count < 2; count++) shared.dangerousRelease()
    shared.setHandleAsInvalid()
    expect(inspect(shared)).toBe("FakeHandle { state: 'closed' }")
    expect(inspect({ deep: { handle } }, { depth: 1 })).toBe('{ deep: { handle: [FakeHandle] } }')
    expect(inspect({ deep: { deeper: { handle } } }, { depth: 1 })).not.toContain('123456')
  })

  it('shows the class, too, where the kind has a name of its own', () => {
    class Connection extends FakeHandle {
      static readonly kind = 'connection'
    }
    using connection = new Connection(1)
    expect(inspect(connection)).toBe("Connection [connection] { state: 'open' }")
  })
})
