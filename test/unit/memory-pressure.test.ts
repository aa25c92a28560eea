import { afterEach, describe, expect, it } from 'vitest'
import { GC, NativeBuffer } from '../../lib/index.js'
import { FakeHandle } from '../support/fake-handle.js'

const MOST = Number.MAX_SAFE_INTEGER
const code = (expected: string) => expect.objectContaining({ code: expected })

afterEach(() => {
  GC.removeMemoryPressure(MOST)
  expect(GC.memoryPressure).toBe(0)
})

describe.each(['addMemoryPressure', 'removeMemoryPressure'] as const)('GC.%s()', (name) => {
  it.each([undefined, null, '1', 1n, {}, [1]])('refuses %o with a TypeError, and changes nothing', (bytes) => {
    GC.addMemoryPressure(5)
    expect(() => GC[name](bytes as never)).toThrow(TypeError)
    expect(() => GC[name](bytes as never)).toThrow(code('ERR_INVALID_ARG_TYPE'))
    expect(GC.memoryPressure).toBe(5)
  })

  it.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, MOST + 1])(
    'refuses %o with a RangeError, and changes nothing',
    (bytes) => {
      GC.addMemoryPressure(5)
      expect(() => GC[name](bytes)).toThrow(RangeError)
      expect(() => GC[name](bytes)).toThrow(code('ERR_OUT_OF_RANGE'))
      expect(GC.memoryPressure).toBe(5)
    },
  )
})

describe('GC.memoryPressure', () => {
  it('is what was added and not removed', () => {
    GC.addMemoryPressure(1)
    GC.addMemoryPressure(1000)
    GC.removeMemoryPressure(300)
    expect(GC.memoryPressure).toBe(701)
  })

  it('includes the live bytes of handles of either sort', () => {
    using _buffer = new NativeBuffer(1000)
    using _handle = new FakeHandle(1, { byteLength: 20 })
    GC.addMemoryPressure(3)
    expect(GC.memoryPressure).toBe(1023)
  })

  it('never goes below the live bytes, however much is removed', () => {
    using _buffer = new NativeBuffer(10)
    GC.removeMemoryPressure(1)
    GC.addMemoryPressure(5)
    GC.removeMemoryPressure(6)
    GC.removeMemoryPressure(MOST)
    expect(GC.memoryPressure).toBe(10)
    GC.addMemoryPressure(2)
    expect(GC.memoryPressure).toBe(12)
  })

  it('stays at the greatest safe integer', () => {
    GC.addMemoryPressure(MOST)
    GC.addMemoryPressure(MOST)
    using _buffer = new NativeBuffer(10)
    expect(GC.memoryPressure).toBe(MOST)
    GC.removeMemoryPressure(MOST)
    expect(GC.memoryPressure).toBe(10)
  })
})
