import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { native } from '../../../lib/binding.js'
import { liveHandles, NativeBuffer } from '../../../lib/index.js'
import { tracking } from '../../../lib/tracking/index.js'
import { FakeHandle } from '../../support/fake-handle.js'

const code = (expected: string) => expect.objectContaining({ code: expected })

beforeEach(() => {
  tracking.level = 'counts'
})
afterEach(() => {
  tracking.level = 'off'
})

describe('a snapshot', () => {
  it('has every handle that counts as live, in the order of opening, with kind and bytes', () => {
    using _first = new NativeBuffer(10)
    using _second = new FakeHandle(1, { byteLength: 20 })
    using _third = new NativeBuffer(30)
    const before = Date.now()
    const { takenAt, handles, kinds } = tracking.snapshot()
    expect(handles).toHaveLength(liveHandles())
    expect(handles.map(({ kind, bytes, touches }) => [kind, bytes, touches])).toEqual([
      ['NativeBuffer', 10, 0],
      ['FakeHandle', 20, 0],
      ['NativeBuffer', 30, 0],
    ])
    expect(kinds).toEqual({ NativeBuffer: { count: 2, bytes: 40 }, FakeHandle: { count: 1, bytes: 20 } })
    expect(takenAt).toBeGreaterThanOrEqual(before)
  })

  it('knows a handle by the same id at any time, and never gives that to another', () => {
    const ids = new Set<number>()
    for (let i = 0; i < 100; i++) {
      using _buffer = new NativeBuffer(8)
      const [id] = tracking.snapshot().handles.map(({ id }) => id)
      expect(tracking.snapshot().handles[0]?.id).toBe(id)
      ids.add(id as number)
    }
    expect(ids.size).toBe(100)
  })

  it('tells the size that a handle has now', () => {
    using buffer = new NativeBuffer(10)
    using handle = new FakeHandle(1)
    buffer.resize(100)
    handle.set(2, 7)
    expect(tracking.snapshot().handles.map(({ bytes }) => bytes)).toEqual([100, 7])
  })

  it('does not have what was disposed of, also by JavaScript alone', () => {
    new FakeHandle(1).dispose()
    new NativeBuffer(1).dispose()
    expect(tracking.snapshot()).toMatchObject({ handles: [], kinds: {} })
  })

  it('has a handle that was disposed of and is still in use', () => {
    const buffer = new NativeBuffer(8)
    const lease = buffer.lease()
    buffer.dispose()
    expect(tracking.snapshot().handles).toHaveLength(1)
    lease[Symbol.dispose]()
    expect(tracking.snapshot().handles).toHaveLength(0)
  })
})

describe('a snapshot for which there is no memory', () => {
  it('throws OutOfMemoryError', () => {
    using _refused = refuse(vi.spyOn(native, 'liveHandles').mockReturnValue(undefined))
    expect(() => tracking.snapshot()).toThrow(code('ERR_MEMORY_ALLOCATION_FAILED'))
  })
})

/** Ends with the test. */
function refuse(spy: { mockRestore(): void }): Disposable {
  return { [Symbol.dispose]: () => spy.mockRestore() }
}

describe('a difference', () => {
  it('has kinds that one of the snapshots does not have', () => {
    const before = tracking.snapshot()
    using _buffer = new NativeBuffer(10)
    const after = tracking.snapshot()
    expect(tracking.diff(before, after).kinds).toEqual({ NativeBuffer: { count: 1, bytes: 10 } })
    expect(tracking.diff(after, before).kinds).toEqual({ NativeBuffer: { count: -1, bytes: -10 } })
  })

  it('has what has come, what has gone, and how much more there is of each kind', () => {
    using _stays = new NativeBuffer(1)
    const goes = new NativeBuffer(10)
    const grows = new FakeHandle(1, { byteLength: 5 })
    const before = tracking.snapshot()
    goes.dispose()
    grows.set(1, 25)
    using _comes = new NativeBuffer(100)
    using _another = new NativeBuffer(200)
    const { added, removed, kinds } = tracking.diff(before, tracking.snapshot())
    grows.dispose()
    expect(added.map(({ bytes }) => bytes)).toEqual([100, 200])
    expect(removed.map(({ bytes }) => bytes)).toEqual([10])
    expect(kinds).toEqual({ NativeBuffer: { count: 1, bytes: 290 }, FakeHandle: { count: 0, bytes: 20 } })
  })

  it('of a snapshot with itself is empty', () => {
    using _buffer = new NativeBuffer(1)
    const snapshot = tracking.snapshot()
    expect(tracking.diff(snapshot, snapshot)).toEqual({ added: [], removed: [], kinds: {} })
  })

  it('is of snapshots only', () => {
    const snapshot = tracking.snapshot()
    for (const wrong of [undefined, null, {}, [], 1, { handles: [] }]) {
      expect(() => tracking.diff(snapshot, wrong as never)).toThrow(code('ERR_INVALID_ARG_TYPE'))
      expect(() => tracking.diff(wrong as never, snapshot)).toThrow(code('ERR_INVALID_ARG_TYPE'))
    }
  })
})
