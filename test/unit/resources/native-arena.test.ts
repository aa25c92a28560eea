import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { GC, handleStatistics, liveHandles, NativeArena, setNativeMemoryLimit } from '../../../lib/index.js'
import { moveMemory } from '../../support/move-memory.js'

const code = (expected: string) => expect.objectContaining({ code: expected })
const anything = (value: unknown) => value as never
const liveBytes = () => handleStatistics().kinds['NativeArena']?.liveBytes ?? 0
const KIB = 1024

describe('new NativeArena()', () => {
  it.each([
    [{ chunkSize: 0 }, 'ERR_OUT_OF_RANGE'],
    [{ chunkSize: 4095 }, 'ERR_OUT_OF_RANGE'],
    [{ chunkSize: 2 ** 31 }, 'ERR_OUT_OF_RANGE'],
    [{ chunkSize: '4096' }, 'ERR_INVALID_ARG_TYPE'],
    [{ maxBytes: -1 }, 'ERR_OUT_OF_RANGE'],
    [{ maxBytes: 1.5 }, 'ERR_OUT_OF_RANGE'],
    [{ maxBytes: null }, 'ERR_INVALID_ARG_TYPE'],
    [null, 'ERR_INVALID_ARG_TYPE'],
  ])('refuses the options %o', (options, expected) => {
    const before = handleStatistics()
    expect(() => new NativeArena(anything(options))).toThrow(code(expected))
    expect(handleStatistics()).toEqual(before)
  })

  it('takes no memory before the first block', () => {
    using arena = new NativeArena()
    expect([arena.used, arena.capacity, liveHandles('NativeArena'), liveBytes()]).toEqual([0, 0, 1, 0])
  })
})

describe('alloc()', () => {
  it('gives zeroed blocks that do not overlap, and are Buffers', () => {
    using arena = new NativeArena({ chunkSize: 16 * KIB })
    const blocks = Array.from({ length: 200 }, (_, index) => arena.alloc(index * 7))
    expect(blocks.every((block) => Buffer.isBuffer(block) && block.every((byte) => byte === 0))).toBe(true)
    for (const [index, block] of blocks.entries()) block.fill(index)
    expect(blocks.every((block, index) => block.every((byte) => byte === index % 256))).toBe(true)
  })

  it.each([1, 2, 8, 64, 4096])('aligns blocks to %d bytes', (alignment) => {
    using arena = new NativeArena({ chunkSize: 64 * KIB })
    for (let round = 0; round < 50; round++) {
      const block = arena.alloc(round * 3 + 1, alignment)
      expect(block.byteOffset % alignment).toBe(0)
    }
  })

  it.each([
    [-1, undefined, 'ERR_OUT_OF_RANGE'],
    [1.5, undefined, 'ERR_OUT_OF_RANGE'],
    ['8', undefined, 'ERR_INVALID_ARG_TYPE'],
    [undefined, undefined, 'ERR_INVALID_ARG_TYPE'],
    [2 ** 53, undefined, 'ERR_OUT_OF_RANGE'],
    [8, 3, 'ERR_OUT_OF_RANGE'],
    [8, 0, 'ERR_OUT_OF_RANGE'],
    [8, 8192, 'ERR_OUT_OF_RANGE'],
    [8, '8', 'ERR_INVALID_ARG_TYPE'],
  ])('refuses %s bytes aligned to %s, and changes nothing', (byteLength, alignment, expected) => {
    using arena = new NativeArena()
    arena.alloc(100)
    expect(() => arena.alloc(anything(byteLength), anything(alignment))).toThrow(code(expected))
    expect([arena.used, arena.capacity]).toEqual([100, 2 ** 20])
  })

  it('gives empty blocks, also from an arena that may have no memory', () => {
    using arena = new NativeArena({ maxBytes: 0 })
    expect(arena.alloc(0).length).toBe(0)
    expect(() => arena.alloc(1)).toThrow(code('ERR_MEMORY_ALLOCATION_FAILED'))
  })

  it('takes another chunk when one is full, and gives a block that is larger than a chunk one to itself', () => {
    using arena = new NativeArena({ chunkSize: 16 * KIB })
    arena.alloc(10 * KIB)
    arena.alloc(10 * KIB)
    expect(arena.capacity).toBe(32 * KIB)
    const large = arena.alloc(100 * KIB)
    expect([large.length, arena.capacity]).toEqual([100 * KIB, 132 * KIB])
    arena.alloc(5 * KIB)
    expect([arena.capacity, arena.used]).toEqual([132 * KIB, 125 * KIB])
  })

  it('counts its chunks as the bytes of one handle, and memory pressure knows them', () => {
    const pressure = GC.memoryPressure
    using arena = new NativeArena({ chunkSize: 64 * KIB })
    arena.alloc(1)
    expect([liveHandles('NativeArena'), liveBytes(), GC.memoryPressure - pressure]).toEqual([1, 64 * KIB, 64 * KIB])
    arena.dispose()
    expect([liveHandles('NativeArena'), liveBytes(), GC.memoryPressure - pressure]).toEqual([0, 0, 0])
  })

  it('refuses to grow beyond maxBytes, uses all of them before, and is whole afterwards', () => {
    using arena = new NativeArena({ chunkSize: 16 * KIB, maxBytes: 40 * KIB })
    for (let block = 0; block < 5; block++) arena.alloc(8 * KIB)
    expect(arena.capacity).toBe(40 * KIB)
    expect(() => arena.alloc(8)).toThrow(code('ERR_MEMORY_ALLOCATION_FAILED'))
    arena.reset()
    expect(arena.alloc(16 * KIB).length).toBe(16 * KIB)
  })

  it('is refused by the native limit, and works again when that is gone', () => {
    using arena = new NativeArena()
    setNativeMemoryLimit(handleStatistics({ scope: 'process' }).liveBytes + 1000)
    try {
      expect(() => arena.alloc(8)).toThrow(code('ERR_MEMORY_ALLOCATION_FAILED'))
      expect([arena.used, arena.capacity]).toEqual([0, 0])
    } finally {
      setNativeMemoryLimit(null)
    }
    expect(arena.alloc(8).length).toBe(8)
  })
})

describe('allocArray()', () => {
  it.each([Int8Array, Uint16Array, Float32Array, Float64Array, BigInt64Array, Buffer, DataView])(
    'gives zeroed elements of %o',
    (type) => {
      using arena = new NativeArena()
      arena.alloc(1)
      const array = arena.allocArray<ArrayBufferView>(anything(type), 100)
      expect(array).toBeInstanceOf(type)
      const elementSize = (array as { BYTES_PER_ELEMENT?: number }).BYTES_PER_ELEMENT ?? 1
      expect(array.byteLength).toBe(100 * elementSize)
      expect(Buffer.from(array.buffer, array.byteOffset, array.byteLength).every((byte) => byte === 0)).toBe(true)
    },
  )

  it('refuses what is no view class, and lengths that are none', () => {
    using arena = new NativeArena()
    expect(() => arena.allocArray(anything(Array), 1)).toThrow(code('ERR_INVALID_ARG_TYPE'))
    expect(() => arena.allocArray(Float64Array, -1)).toThrow(code('ERR_OUT_OF_RANGE'))
    expect(() => arena.allocArray(Float64Array, anything('1'))).toThrow(code('ERR_INVALID_ARG_TYPE'))
  })
})

describe('reset()', () => {
  it('detaches every block, keeps the memory, and gives it out zeroed again', () => {
    using arena = new NativeArena({ chunkSize: 16 * KIB })
    const blocks = Array.from({ length: 10 }, () => arena.alloc(5 * KIB).fill(0xff))
    const { capacity } = arena
    arena.reset()
    expect(blocks.map(({ length }) => length)).toEqual(blocks.map(() => 0))
    expect([arena.used, arena.capacity]).toEqual([0, capacity])
    for (let round = 0; round < 3; round++) {
      for (let block = 0; block < 10; block++) {
        const again = arena.alloc(5 * KIB)
        expect(again.every((byte) => byte === 0)).toBe(true)
        again.fill(0xaa)
      }
      expect(arena.capacity).toBe(capacity)
      arena.reset()
    }
  })

  it('refuses while a lease is out', () => {
    using arena = new NativeArena()
    const block = arena.alloc(8)
    const lease = arena.lease()
    expect(() => arena.reset()).toThrow(code('ERR_HOLDFAST_INVALID_OPERATION'))
    expect(block.length).toBe(8)
    lease.dispose()
    arena.reset()
    expect(block.length).toBe(0)
  })

  it('gives up a chunk whose memory was moved into another ArrayBuffer, which keeps it', async () => {
    using arena = new NativeArena({ chunkSize: 64 * KIB })
    const block = arena.alloc(64).fill(7)
    const { byteOffset } = block
    const moved = await moveMemory(block.buffer as ArrayBuffer)
    arena.reset()
    expect([arena.capacity, liveBytes(), moved[byteOffset]]).toEqual([0, 64 * KIB, 7])
    expect(arena.alloc(64).every((byte) => byte === 0)).toBe(true)
  })

  it('goes on in a loop that never yields', () => {
    using arena = new NativeArena({ chunkSize: 256 * KIB })
    for (let round = 0; round < 2000; round++) {
      const block = arena.alloc(200 * KIB)
      if (block[round] !== 0) throw new Error(`byte ${round} is ${block[round]}`)
      block[round] = 1
      arena.reset()
    }
    expect(arena.capacity).toBeLessThanOrEqual(256 * KIB)
  })
})

describe('a disposed NativeArena', () => {
  it('has detached its blocks, and refuses every member but the disposal ones', async () => {
    const arena = new NativeArena()
    const block = arena.alloc(64)
    arena.dispose()
    expect(block.length).toBe(0)
    const members: (() => unknown)[] = [
      () => arena.alloc(1),
      () => arena.allocArray(Float64Array, 1),
      () => arena.used,
      () => arena.capacity,
      () => arena.reset(),
      () => arena.lease(),
    ]
    for (const member of members) expect(member).toThrow(code('ERR_HOLDFAST_DISPOSED'))
    arena.dispose()
    await arena.disposeAsync()
  })

  it('gives its memory back off the event loop when that is awaited', async () => {
    const before = liveBytes()
    const arena = new NativeArena({ chunkSize: 2 ** 26 })
    const blocks = [arena.alloc(2 ** 26), arena.alloc(1000)]
    const disposal = arena.disposeAsync()
    expect([liveBytes(), liveHandles('NativeArena'), ...blocks.map(({ length }) => length)]).toEqual([before, 0, 0, 0])
    await disposal
  })

  it('is shown with its capacity and state', () => {
    const arena = new NativeArena({ chunkSize: 4096 })
    arena.alloc(1)
    expect(inspect(arena)).toBe("NativeArena { capacity: 4096, state: 'open' }")
    arena.dispose()
    expect(inspect(arena)).toContain("state: 'disposed'")
  })
})

describe('a dropped NativeArena', () => {
  it('stays while a block is in use, and comes back in a loop that never yields', () => {
    const keep = (() => new NativeArena({ chunkSize: 64 * KIB }).alloc(64).fill(3))()
    for (let round = 0; round < 3000; round++) new NativeArena({ chunkSize: 64 * KIB }).alloc(100)
    GC.collect()
    expect(liveHandles('NativeArena')).toBeLessThan(1500)
    expect(keep.every((byte) => byte === 3)).toBe(true)
  })
})
