import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { afterEach, describe, expect, it } from 'vitest'
import {
  GC,
  handleStatistics,
  liveHandles,
  NativeBuffer,
  OutOfMemoryError,
  setNativeMemoryLimit,
} from '../../lib/index.js'
import { FakeHandle } from '../support/fake-handle.js'

const MIB = 2 ** 20
const code = (expected: string) => expect.objectContaining({ code: expected })
const OUT_OF_MEMORY = code('ERR_MEMORY_ALLOCATION_FAILED')

afterEach(() => {
  setNativeMemoryLimit(null)
  FakeHandle.reset()
  expect(liveHandles()).toBe(0)
})

describe('setNativeMemoryLimit()', () => {
  it.each([undefined, '1', 1n, {}, true])('refuses %o with a TypeError, and keeps the limit there was', (bytes) => {
    setNativeMemoryLimit(100)
    expect(() => setNativeMemoryLimit(bytes as never)).toThrow(code('ERR_INVALID_ARG_TYPE'))
    expect(() => new NativeBuffer(101)).toThrow(OUT_OF_MEMORY)
  })

  it.each([-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53])('refuses %o with a RangeError', (bytes) => {
    expect(() => setNativeMemoryLimit(bytes)).toThrow(code('ERR_OUT_OF_RANGE'))
  })

  it('is taken back by null', () => {
    setNativeMemoryLimit(10)
    setNativeMemoryLimit(null)
    using buffer = new NativeBuffer(11)
    expect(buffer.byteLength).toBe(11)
  })
})

describe('at the limit', () => {
  it('the last byte is granted, and one more is refused with the numbers in the error', () => {
    setNativeMemoryLimit(1000)
    using _first = new NativeBuffer(600)
    using _second = new NativeBuffer(400)
    let error: unknown
    try {
      new NativeBuffer(7)
    } catch (caught) {
      error = caught
    }
    expect(error).toBeInstanceOf(OutOfMemoryError)
    expect(error).toMatchObject({ code: 'ERR_MEMORY_ALLOCATION_FAILED', requested: 7 })
    expect((error as Error).message).toMatch(/limit.* 1000 bytes.* 1000 are live.*setNativeMemoryLimit/)
  })

  it('zero bytes are granted, with a limit of 0, too', () => {
    setNativeMemoryLimit(0)
    using buffer = new NativeBuffer(0)
    using handle = new FakeHandle(1)
    expect([buffer.byteLength, handle.isInvalid]).toEqual([0, false])
    expect(() => new NativeBuffer(1)).toThrow(OUT_OF_MEMORY)
  })

  it('views do not count again, those of the engine included', () => {
    setNativeMemoryLimit(3 * MIB)
    using small = new NativeBuffer(1000)
    using large = new NativeBuffer(2 * MIB)
    using aligned = new NativeBuffer(MIB - 1000, { alignment: 4096 })
    for (const buffer of [small, large, aligned]) buffer.bytes.fill(1)
    expect(handleStatistics().liveBytes).toBe(3 * MIB)
    expect(() => new NativeBuffer(1)).toThrow(OUT_OF_MEMORY)
  })

  it('a refused buffer changes no count', () => {
    setNativeMemoryLimit(100)
    const before = handleStatistics()
    expect(() => new NativeBuffer(101)).toThrow(OUT_OF_MEMORY)
    expect(handleStatistics()).toEqual(before)
  })

  it('growth by resize() is refused and leaves the buffer as it was; shrinking is not', () => {
    setNativeMemoryLimit(100)
    using buffer = new NativeBuffer(60)
    buffer.bytes.fill(7)
    buffer.resize(100)
    expect(() => buffer.resize(101)).toThrow(OUT_OF_MEMORY)
    expect([buffer.byteLength, buffer.bytes[59], buffer.bytes[60]]).toEqual([100, 7, 0])
    setNativeMemoryLimit(10)
    buffer.resize(50)
    expect(handleStatistics().liveBytes).toBe(50)
  })

  it('setHandle() with bytes is refused, and the handle is not taken over', () => {
    setNativeMemoryLimit(100)
    expect(() => new FakeHandle(5, { byteLength: 101 })).toThrow(OUT_OF_MEMORY)
    GC.collect()
    expect(FakeHandle.released).toEqual([])

    const handle = new FakeHandle(6, { byteLength: 50 })
    expect(() => handle.set(7, 101)).toThrow(OUT_OF_MEMORY)
    expect(handle.dangerousGetHandle()).toBe(6)
    expect(handleStatistics().liveBytes).toBe(50)
    handle.set(8, 100)
    handle.dispose()
    expect(FakeHandle.released).toEqual([8])
  })

  it('what was dropped is released first, young or old', () => {
    setNativeMemoryLimit(MIB)
    ;(() => new NativeBuffer(MIB))()
    ;(() => new FakeHandle(1, { byteLength: MIB }))()
    let old: unknown = new NativeBuffer(MIB)
    for (let count = 0; count < 3; count++) GC.collect('minor')
    expect(liveHandles()).toBe(1)
    old = undefined
    using buffer = new NativeBuffer(MIB)
    expect([buffer.byteLength, old]).toEqual([MIB, undefined])
    expect(FakeHandle.released).toEqual([1])
  })

  it('memory pressure that the program adds does not count', () => {
    setNativeMemoryLimit(100)
    GC.addMemoryPressure(2 ** 40)
    using buffer = new NativeBuffer(100)
    GC.removeMemoryPressure(2 ** 40)
    expect(buffer.byteLength).toBe(100)
  })
})

describe('a limit below what is live', () => {
  it('frees nothing, and refuses until enough is gone', () => {
    const buffers = Array.from({ length: 4 }, () => new NativeBuffer(10))
    setNativeMemoryLimit(25)
    expect(handleStatistics().liveBytes).toBe(40)
    for (const buffer of buffers.slice(0, 2)) {
      expect(() => new NativeBuffer(6)).toThrow(OUT_OF_MEMORY)
      buffer.dispose()
    }
    using granted = new NativeBuffer(5)
    expect(granted.byteLength).toBe(5)
    for (const buffer of buffers) buffer.dispose()
  })
})

describe('in another thread', () => {
  const script = `
    const { parentPort } = require('node:worker_threads')
    import('holdfast').then(({ NativeBuffer, setNativeMemoryLimit }) => {
      parentPort.on('message', (message) => {
        if (message.limit !== undefined) setNativeMemoryLimit(message.limit)
        let outcome = 'granted'
        try { new NativeBuffer(message.open).dispose() } catch (error) { outcome = error.code }
        parentPort.postMessage(outcome)
      })
      parentPort.postMessage('ready')
    })`

  it('the same limit holds, whichever thread set it, and bytes of all threads count', async () => {
    // The package by its name is another copy of the JavaScript here, over the same addon.
    const worker = new Worker(script, { eval: true })
    const ask = async (message: { open: number; limit?: number | null }) => {
      worker.postMessage(message)
      return (await once(worker, 'message'))[0] as string
    }
    await once(worker, 'message')
    setNativeMemoryLimit(1000)
    using buffer = new NativeBuffer(600)
    expect(await ask({ open: 400 })).toBe('granted')
    expect(await ask({ open: 401 })).toBe('ERR_MEMORY_ALLOCATION_FAILED')
    expect(await ask({ open: 1, limit: 700 })).toBe('granted')
    expect(() => new NativeBuffer(101)).toThrow(OUT_OF_MEMORY)
    expect(await ask({ open: 1000, limit: null })).toBe('granted')
    new NativeBuffer(2000).dispose()
    expect(buffer.byteLength).toBe(600)
    await worker.terminate()
  })
})
