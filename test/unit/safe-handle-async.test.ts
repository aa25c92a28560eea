import { beforeEach, describe, expect, it } from 'vitest'
import { FakeHandle } from '../support/fake-handle.js'

const code = (expected: string) => expect.objectContaining({ code: expected })

class SlowHandle extends FakeHandle {
  static pending: { resolve: (value: boolean | undefined) => void; reject: (error: unknown) => void }[] = []

  static releaseHandleAsync(handle: number): Promise<boolean | undefined> {
    FakeHandle.released.push(handle)
    return new Promise((resolve, reject) => SlowHandle.pending.push({ resolve, reject }))
  }
}

beforeEach(() => {
  FakeHandle.reset()
  SlowHandle.pending = []
})

async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  const open = Symbol('open')
  return (await Promise.race([promise.catch(() => {}), Promise.resolve(open)])) !== open
}

describe('disposeAsync()', () => {
  it('releases once, also when called twice and after dispose()', async () => {
    const handle = new FakeHandle(1)
    await Promise.all([handle.disposeAsync(), handle.disposeAsync()])
    await handle[Symbol.asyncDispose]()
    const other = new FakeHandle(2)
    other.dispose()
    await other.disposeAsync()
    expect(FakeHandle.released).toEqual([1, 2])
  })

  it('resolves when releaseHandleAsync is done, and a second call settles with the first', async () => {
    const handle = new SlowHandle(1)
    const first = handle.disposeAsync()
    const second = handle.disposeAsync()
    expect([handle.isDisposed, handle.isClosed]).toEqual([true, true])
    expect(await isSettled(second)).toBe(false)
    SlowHandle.pending[0]?.resolve(undefined)
    await Promise.all([first, second])
    expect(FakeHandle.released).toEqual([1])
  })

  it('is not used by dispose()', () => {
    new SlowHandle(1).dispose()
    expect(SlowHandle.pending).toEqual([])
    expect(FakeHandle.released).toEqual([1])
  })

  it('waits for the last reference and then for the release', async () => {
    const handle = new SlowHandle(1)
    const lease = handle.lease()
    const disposed = handle.disposeAsync()
    expect(handle.isClosed).toBe(false)
    expect(FakeHandle.released).toEqual([])
    lease.dispose()
    expect(FakeHandle.released).toEqual([1])
    expect(await isSettled(disposed)).toBe(false)
    SlowHandle.pending[0]?.resolve(true)
    await disposed
  })

  it('after a dispose() that waits for references waits with it', async () => {
    const handle = new FakeHandle(1)
    const lease = handle.lease()
    handle.dispose()
    const disposed = handle.disposeAsync()
    expect(await isSettled(disposed)).toBe(false)
    lease.dispose()
    await disposed
    expect(FakeHandle.released).toEqual([1])
  })

  it.each([
    ['rejects', (slow: (typeof SlowHandle.pending)[0]) => slow.reject(new Error('EIO'))],
    ['resolves to false', (slow: (typeof SlowHandle.pending)[0]) => slow.resolve(false)],
  ])('rejects when releaseHandleAsync %s', async (_, settle) => {
    const disposed = new SlowHandle(1).disposeAsync()
    settle(SlowHandle.pending[0] as (typeof SlowHandle.pending)[0])
    await expect(disposed).rejects.toThrow(code('ERR_HOLDFAST_RELEASE'))
  })

  it('rejects with what disposeCore threw, after the release', async () => {
    class Throwing extends FakeHandle {
      protected override disposeCore() {
        throw new Error('core')
      }
    }
    await expect(new Throwing(1).disposeAsync()).rejects.toThrow('core')
    expect(FakeHandle.released).toEqual([1])
  })

  it('rejects with what disposeCore threw, also when that has given the handle away', async () => {
    class GivenAway extends FakeHandle {
      protected override disposeCore(): void {
        this.setHandleAsInvalid()
        throw new RangeError('its own')
      }
    }
    await expect(new GivenAway(7).disposeAsync()).rejects.toThrow(RangeError)
    expect(FakeHandle.released).toEqual([])
  })

  it('has nothing to release for a handle that never had a value', async () => {
    await new FakeHandle(-1).disposeAsync()
    expect(FakeHandle.released).toEqual([])
  })

  it('never throws synchronously, and gives a failed deferred release to both who wait for it', async () => {
    const handle = new FakeHandle(1)
    const lease = handle.lease()
    const disposed = handle.disposeAsync()
    FakeHandle.outcome = false
    expect(() => lease.dispose()).toThrow(code('ERR_HOLDFAST_RELEASE'))
    await expect(disposed).rejects.toThrow(code('ERR_HOLDFAST_RELEASE'))
  })

  it('resolves for a handle that was given away', async () => {
    const handle = new FakeHandle(1)
    handle.setHandleAsInvalid()
    await handle.disposeAsync()
    expect(handle.isDisposed).toBe(true)
    expect(FakeHandle.released).toEqual([])
  })

  it('runs at the end of an await using block', async () => {
    {
      await using _handle = new FakeHandle(1)
    }
    expect(FakeHandle.released).toEqual([1])
  })
})
