import { constants } from 'node:buffer'
import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { handleStatistics, liveHandles, NativeBuffer } from '../../../lib/index.js'

const code = (expected: string) => expect.objectContaining({ code: expected })
const anything = (value: unknown) => value as never

describe('new NativeBuffer()', () => {
  it.each([
    ['8', 'ERR_INVALID_ARG_TYPE'],
    [undefined, 'ERR_INVALID_ARG_TYPE'],
    [8n, 'ERR_INVALID_ARG_TYPE'],
    [-1, 'ERR_OUT_OF_RANGE'],
    [1.5, 'ERR_OUT_OF_RANGE'],
    [Number.NaN, 'ERR_OUT_OF_RANGE'],
    [Number.POSITIVE_INFINITY, 'ERR_OUT_OF_RANGE'],
    [2 ** 53, 'ERR_OUT_OF_RANGE'],
    [constants.MAX_LENGTH + 1, 'ERR_OUT_OF_RANGE'],
  ])(
    'refuses a byteLength of %s before it reaches native code, naming argument, limits and value',
    (value, expected) => {
      const before = handleStatistics()
      expect(() => new NativeBuffer(anything(value))).toThrow(
        expect.objectContaining({ code: expected, message: expect.stringContaining('"byteLength"') }),
      )
      expect(handleStatistics()).toEqual(before)
    },
  )

  it.each([
    [{ alignment: 0 }, 'ERR_OUT_OF_RANGE'],
    [{ alignment: 3 }, 'ERR_OUT_OF_RANGE'],
    [{ alignment: 2 ** 22 }, 'ERR_OUT_OF_RANGE'],
    [{ alignment: '64' }, 'ERR_INVALID_ARG_TYPE'],
    [{ zeroed: 1 }, 'ERR_INVALID_ARG_TYPE'],
    [null, 'ERR_INVALID_ARG_TYPE'],
    [5, 'ERR_INVALID_ARG_TYPE'],
  ])('refuses the options %o', (options, expected) => {
    expect(() => new NativeBuffer(8, anything(options))).toThrow(code(expected))
  })

  it('is zeroed, also when its memory was used before', () => {
    for (const size of [64, 4096, 70_000, 2 ** 20]) {
      for (let round = 0; round < 3; round++) {
        using buffer = new NativeBuffer(size, { alignment: 64 })
        expect(buffer.bytes.every((byte) => byte === 0)).toBe(true)
        buffer.bytes.fill(0xa5)
      }
    }
  })

  it('of no bytes is legal', () => {
    using buffer = new NativeBuffer(0)
    expect([buffer.byteLength, buffer.bytes.length, buffer.arrayBuffer.byteLength]).toEqual([0, 0, 0])
    expect(liveHandles('NativeBuffer')).toBe(1)
  })

  it('aligns its address as asked, whatever is looked at first', () => {
    for (let alignment = 1; alignment <= 2 ** 21; alignment *= 2) {
      for (const size of [1, 100, 4096, 300_000]) {
        using addressFirst = new NativeBuffer(size, { alignment })
        using bytesFirst = new NativeBuffer(size, { alignment })
        bytesFirst.bytes[0] = 1
        expect(addressFirst.address % BigInt(alignment)).toBe(0n)
        expect(bytesFirst.address % BigInt(alignment)).toBe(0n)
        expect(addressFirst.alignment).toBe(alignment)
      }
    }
  })

  it('is aligned to 64 by default', () => {
    using buffer = new NativeBuffer(5)
    expect([buffer.alignment, buffer.address % 64n]).toEqual([64, 0n])
  })

  it('of a subclass is counted under the name of that class', () => {
    class Frame extends NativeBuffer {}
    using _frame = new Frame(10)
    expect([liveHandles('Frame'), liveHandles(Frame), liveHandles('NativeBuffer')]).toEqual([1, 1, 0])
  })
})

describe('views', () => {
  it('are the same objects each time, over one ArrayBuffer', () => {
    for (const options of [{}, { alignment: 64 }]) {
      using buffer = new NativeBuffer(256, options)
      expect(buffer.bytes).toBe(buffer.bytes)
      expect(buffer.bytes.buffer).toBe(buffer.arrayBuffer)
      expect(buffer.arrayBuffer.byteLength).toBe(256)
      expect(buffer.view(Uint32Array).buffer).toBe(buffer.arrayBuffer)
    }
  })

  it('count elements, and bytes for DataView', () => {
    using buffer = new NativeBuffer(64)
    expect(buffer.view(Float64Array).length).toBe(8)
    expect(buffer.view(Uint16Array, 4, 3)).toHaveLength(3)
    expect(buffer.view(DataView, 3, 7).byteLength).toBe(7)
    expect(buffer.view(BigInt64Array, 56).length).toBe(1)
    expect(Buffer.isBuffer(buffer.view(Buffer, 1, 2))).toBe(true)
    expect(buffer.view(Uint8Array, 64).length).toBe(0)
  })

  it('see one another', () => {
    using buffer = new NativeBuffer(8)
    buffer.view(DataView).setUint32(0, 0x01020304)
    expect([...buffer.bytes.subarray(0, 4)]).toEqual([1, 2, 3, 4])
  })

  it.each([
    ['an offset that is no multiple of the element size', [Uint32Array, 2], 'ERR_OUT_OF_RANGE'],
    ['a rest that is no multiple of the element size', [Uint32Array, 0], 'ERR_OUT_OF_RANGE'],
    ['more elements than there are', [Uint16Array, 0, 6], 'ERR_OUT_OF_RANGE'],
    ['an offset past the end', [Uint8Array, 11], 'ERR_OUT_OF_RANGE'],
    ['a negative offset', [Uint8Array, -1], 'ERR_OUT_OF_RANGE'],
    ['an offset that is no number', [Uint8Array, '0'], 'ERR_INVALID_ARG_TYPE'],
    ['a class that is no view', [Map], 'ERR_INVALID_ARG_TYPE'],
    ['no class at all', [undefined], 'ERR_INVALID_ARG_TYPE'],
  ])('refuse %s', (_, args, expected) => {
    using buffer = new NativeBuffer(10)
    expect(() => buffer.view(...(args as [never]))).toThrow(code(expected))
  })

  it('have length 0 after dispose', () => {
    for (const size of [100, 100_000]) {
      const buffer = new NativeBuffer(size)
      const { bytes, arrayBuffer } = buffer
      const floats = buffer.view(Float32Array, 0, 4)
      const part = bytes.subarray(2, 5)
      buffer.dispose()
      expect([bytes.length, arrayBuffer.byteLength, floats.length, part.length]).toEqual([0, 0, 0, 0])
    }
  })

  it('taken before stay whole while references are out after dispose, and no new ones are given', () => {
    const buffer = new NativeBuffer(16)
    const { bytes } = buffer
    const lease = buffer.lease()
    buffer.dispose()
    bytes[0] = 1
    expect(bytes.length).toBe(16)
    expect(() => buffer.bytes).toThrow(code('ERR_HOLDFAST_DISPOSED'))
    expect(() => buffer.view(Uint8Array)).toThrow(code('ERR_HOLDFAST_DISPOSED'))
    lease.dispose()
    expect(bytes.length).toBe(0)
  })

  it('work inside disposeCore of a subclass', () => {
    const written: number[] = []
    class Journal extends NativeBuffer {
      protected override disposeCore() {
        written.push(...this.bytes)
      }
    }
    const journal = new Journal(3)
    journal.bytes.set([1, 2, 3])
    journal.dispose()
    expect(written).toEqual([1, 2, 3])
  })
})

describe('after dispose', () => {
  it('every member but the disposal ones throws', () => {
    const buffer = new NativeBuffer(8)
    buffer.dispose()
    const uses: (() => unknown)[] = [
      () => buffer.byteLength,
      () => buffer.alignment,
      () => buffer.address,
      () => buffer.bytes,
      () => buffer.arrayBuffer,
      () => buffer.view(Uint8Array),
      () => buffer.chunks(1),
      () => buffer.resize(4),
      () => buffer.lease(),
      () => buffer.dangerousAddRef(),
    ]
    for (const use of uses) expect(use).toThrow(code('ERR_HOLDFAST_DISPOSED'))
    expect([buffer.isClosed, buffer.isDisposed, buffer.isInvalid]).toEqual([true, true, false])
    buffer.dispose()
  })

  it('the raw value is the stale address', () => {
    const buffer = new NativeBuffer(8)
    const address = buffer.dangerousGetHandle()
    expect(address).toBe(buffer.address)
    buffer.dispose()
    expect(buffer.dangerousGetHandle()).toBe(address)
  })

  it('nothing is counted', () => {
    const before = handleStatistics()
    for (const size of [1, 5000, 200_000]) {
      const buffer = new NativeBuffer(size)
      buffer.bytes[0] = 1
      buffer.dispose()
    }
    const after = handleStatistics()
    expect([after.live, after.liveBytes, after.disposed - before.disposed]).toEqual([before.live, before.liveBytes, 3])
  })
})

describe('NativeBuffer.from()', () => {
  it.each([
    ['a string', 'héllo', Buffer.from('héllo')],
    ['raw bytes of a wider typed array', Uint16Array.of(0x0102, 0x0304), Buffer.from([2, 1, 4, 3])],
    ['a DataView', new DataView(Uint8Array.of(1, 2, 3).buffer, 1), Buffer.from([2, 3])],
    ['an ArrayBuffer', Uint8Array.of(9, 8).buffer, Buffer.from([9, 8])],
    ['a SharedArrayBuffer', new SharedArrayBuffer(2), Buffer.alloc(2)],
    ['an iterable', new Set([1, 2, 255]), Buffer.from([1, 2, 255])],
    ['nothing', [], Buffer.alloc(0)],
  ])('copies %s', (_, source, expected) => {
    using buffer = NativeBuffer.from(source as never)
    expect(Buffer.compare(buffer.bytes, expected)).toBe(0)
  })

  it('decodes a string', () => {
    using hex = NativeBuffer.from('00ff', 'hex')
    expect([...hex.bytes]).toEqual([0, 255])
  })

  it.each([
    [5, undefined, 'ERR_INVALID_ARG_TYPE'],
    [null, undefined, 'ERR_INVALID_ARG_TYPE'],
    [{}, undefined, 'ERR_INVALID_ARG_TYPE'],
    [['1'], undefined, 'ERR_INVALID_ARG_TYPE'],
    [[256], undefined, 'ERR_OUT_OF_RANGE'],
    [[1.5], undefined, 'ERR_OUT_OF_RANGE'],
    ['x', 'klingon', 'ERR_INVALID_ARG_VALUE'],
    ['x', 7, 'ERR_INVALID_ARG_TYPE'],
  ])('refuses %o with encoding %o', (source, encoding, expected) => {
    expect(() => NativeBuffer.from(anything(source), anything(encoding))).toThrow(code(expected))
    expect(liveHandles('NativeBuffer')).toBe(0)
  })
})

describe('chunks()', () => {
  it('gives all bytes in order, the last piece shorter', () => {
    using buffer = NativeBuffer.from([1, 2, 3, 4, 5])
    expect([...buffer.chunks(2)].map((chunk) => [...chunk])).toEqual([[1, 2], [3, 4], [5]])
  })

  it('checks at the call', () => {
    using buffer = new NativeBuffer(4)
    expect(() => buffer.chunks(0)).toThrow(code('ERR_OUT_OF_RANGE'))
    expect(() => buffer.chunks(anything('2'))).toThrow(code('ERR_INVALID_ARG_TYPE'))
  })

  it('keeps the memory until the iterator ends, by break, return, throw and running out', () => {
    const ends: ((buffer: NativeBuffer) => void)[] = [
      (buffer) => {
        for (const _ of buffer.chunks(1)) break
      },
      (buffer) => {
        buffer.chunks(1).return()
      },
      (buffer) => {
        try {
          for (const _ of buffer.chunks(1)) throw new Error()
        } catch {}
      },
      (buffer) => {
        for (const _ of buffer.chunks(1));
      },
      (buffer) => {
        using _chunks = buffer.chunks(1)
      },
    ]
    for (const end of ends) {
      using buffer = new NativeBuffer(4)
      end(buffer)
      expect(() => buffer.dangerousRelease()).toThrow(code('ERR_HOLDFAST_INVALID_OPERATION'))
    }
  })

  it('goes on after dispose, which waits for it', () => {
    const buffer = NativeBuffer.from([1, 2])
    const seen: number[] = []
    for (const chunk of buffer.chunks(1)) {
      buffer.dispose()
      seen.push(...chunk)
    }
    expect(seen).toEqual([1, 2])
    expect(buffer.isClosed).toBe(true)
  })
})

describe('resize()', () => {
  it('keeps the contents, zeroes what is new and detaches old views', () => {
    for (const options of [{}, { alignment: 64 }]) {
      using buffer = new NativeBuffer(4, options)
      const { bytes } = buffer
      bytes.set([1, 2, 3, 4])
      buffer.resize(100_000)
      expect([bytes.length, buffer.byteLength, buffer.bytes.length]).toEqual([0, 100_000, 100_000])
      expect([...buffer.bytes.subarray(0, 6)]).toEqual([1, 2, 3, 4, 0, 0])
      expect(buffer.bytes.subarray(6).every((byte) => byte === 0)).toBe(true)
      buffer.resize(2)
      expect([...buffer.bytes]).toEqual([1, 2])
      expect(handleStatistics().kinds['NativeBuffer']?.liveBytes).toBe(2)
    }
  })

  it('keeps the alignment', () => {
    using buffer = new NativeBuffer(4, { alignment: 4096 })
    buffer.resize(9)
    expect(buffer.address % 4096n).toBe(0n)
  })

  it('of a buffer that nobody has looked at keeps it zeroed', () => {
    using buffer = new NativeBuffer(4)
    buffer.resize(70_000)
    expect(buffer.bytes.every((byte) => byte === 0)).toBe(true)
  })

  it('is refused while references are out', () => {
    using buffer = new NativeBuffer(4)
    using _lease = buffer.lease()
    expect(() => buffer.resize(8)).toThrow(code('ERR_HOLDFAST_INVALID_OPERATION'))
    expect(buffer.byteLength).toBe(4)
  })

  it('refuses bad sizes', () => {
    using buffer = new NativeBuffer(4)
    expect(() => buffer.resize(-1)).toThrow(code('ERR_OUT_OF_RANGE'))
    expect(() => buffer.resize(anything('8'))).toThrow(code('ERR_INVALID_ARG_TYPE'))
  })
})

describe('setHandleAsInvalid()', () => {
  it('leaves the memory to the caller, who goes on using it', () => {
    for (const size of [100, 100_000]) {
      const buffer = new NativeBuffer(size)
      const { bytes } = buffer
      buffer.setHandleAsInvalid()
      bytes.fill(7)
      expect(bytes.length).toBe(size)
      expect(liveHandles('NativeBuffer')).toBe(0)
      buffer.dispose()
      expect(bytes.every((byte) => byte === 7)).toBe(true)
    }
  })
})

describe('util.inspect', () => {
  it('shows kind, size and state, never contents or address', () => {
    const buffer = NativeBuffer.from('secret')
    expect(inspect(buffer)).toBe("NativeBuffer { size: 6, state: 'open' }")
    buffer.dispose()
    expect(inspect(buffer)).toBe("NativeBuffer { size: 6, state: 'disposed' }")
  })
})
