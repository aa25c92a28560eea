import assert from 'node:assert/strict'
import { GC, handleStatistics, liveHandles, NativeArena, NativeBuffer, SecretBuffer } from 'holdfast'
import { codeOf, escapes, settle } from '../../support/in-child.mjs'
import { collectWithTurns } from '../support.mjs'

const SMALL = 4096
const LARGE = 256 * 1024

export const memory = {
  'views of small and large buffers have length 0 once disposed': () => {
    for (const size of [0, 1, SMALL, LARGE, 2 ** 24]) {
      const buffer = new NativeBuffer(size)
      const { bytes, arrayBuffer } = buffer
      const words = buffer.view(Uint8Array)
      assert.deepEqual([bytes.length, words.length, bytes.some(Boolean)], [size, size, false])
      bytes.fill(7)
      buffer.dispose()
      assert.deepEqual([bytes.length, words.length, arrayBuffer.byteLength], [0, 0, 0])
    }
    assert.equal(handleStatistics().liveBytes, 0)
  },

  'memory is freed at the dispose of a viewed buffer, without a turn': () => {
    const before = process.memoryUsage.rss()
    for (let index = 0; index < 2000; index++) {
      const buffer = new NativeBuffer(2 ** 20)
      buffer.bytes.fill(1)
      buffer.dispose()
    }
    const grown = (process.memoryUsage.rss() - before) / 2 ** 20
    assert.ok(grown < 200, `resident memory grew by ${Math.round(grown)} MiB over 2000 × 1 MiB`)
  },

  'an address is aligned as asked for, and stays the same under views': () => {
    for (const alignment of [1, 64, 4096, 2 ** 21]) {
      const buffer = new NativeBuffer(100, { alignment })
      const { address } = buffer
      buffer.bytes.fill(1)
      assert.equal(address % BigInt(alignment), 0n)
      assert.equal(buffer.address, address)
      buffer.dispose()
    }
  },

  'external ArrayBuffers are allowed: a large view lies over native memory': () => {
    const buffer = new NativeBuffer(LARGE, { alignment: 4096 })
    const { address } = buffer
    buffer.bytes[0] = 1
    const same = buffer.address === address
    buffer.dispose()
    assert.equal(same, true)
  },

  'a view keeps its buffer alive': async () => {
    const { bytes } = new NativeBuffer(LARGE)
    bytes.fill(9)
    await settle()
    assert.deepEqual([bytes.length, bytes[LARGE - 1], liveHandles()], [LARGE, 9, 1])
  },

  'memory of views that were dropped comes back': async () => {
    ;(() => {
      for (let index = 0; index < 100; index++) new NativeBuffer(LARGE).bytes.fill(1)
    })()
    await collectWithTurns(() => handleStatistics().liveBytes === 0)
    assert.equal(handleStatistics().liveBytes, 0)
  },

  'memory that a byte stream took survives the dispose': async () => {
    const buffer = new NativeBuffer(LARGE)
    buffer.bytes.fill(5)
    const alias = await escapes.byob(buffer.arrayBuffer)
    buffer.dispose()
    GC.collect()
    assert.equal(alias.length, LARGE)
    assert.ok(alias.every((byte) => byte === 5))
  },

  'memory that ArrayBuffer.transfer() took survives the dispose': async () => {
    if (ArrayBuffer.prototype.transfer === undefined) return { deviates: 'the runtime has no ArrayBuffer.transfer()' }
    const buffer = new NativeBuffer(LARGE)
    buffer.bytes.fill(5)
    const alias = await escapes.transfer(buffer.arrayBuffer)
    buffer.dispose()
    GC.collect()
    assert.equal(alias.length, LARGE)
    assert.ok(alias.every((byte) => byte === 5))
  },

  'memory that structuredClone() took, by its transfer list, survives the dispose': () => {
    const buffer = new NativeBuffer(LARGE)
    buffer.bytes.fill(6)
    let moved
    try {
      moved = structuredClone(buffer.arrayBuffer, { transfer: [buffer.arrayBuffer] })
    } catch (error) {
      if (error.name !== 'DataCloneError') throw error
      assert.equal(buffer.bytes[LARGE - 1], 6)
      buffer.dispose()
      return {
        deviates: 'DataCloneError: the runtime transfers no ArrayBuffer of native memory; the buffer stays whole',
      }
    }
    buffer.dispose()
    GC.collect()
    assert.ok(new Uint8Array(moved).every((byte) => byte === 6))
  },

  'resize() keeps contents and detaches earlier views': () => {
    for (const size of [SMALL, LARGE]) {
      const buffer = new NativeBuffer(size)
      buffer.bytes.fill(3)
      const { bytes } = buffer
      buffer.resize(size * 2)
      assert.deepEqual([bytes.length, buffer.bytes[size - 1], buffer.bytes[size]], [0, 3, 0])
      buffer.dispose()
    }
  },

  'chunks() lease the buffer while they run': () => {
    const buffer = new NativeBuffer(100)
    const sizes = []
    for (const chunk of buffer.chunks(40)) sizes.push(chunk.length)
    assert.deepEqual(sizes, [40, 40, 20])
    buffer.dispose()
    assert.equal(buffer.isClosed, true)
  },

  'a buffer too large for the system is refused with OutOfMemoryError or RangeError': () => {
    const code = codeOf(() => new NativeBuffer(2 ** 52))
    assert.ok(['ERR_OUT_OF_RANGE', 'ERR_MEMORY_ALLOCATION_FAILED'].includes(code), code)
  },

  'an arena gives out blocks, and reset() detaches them': () => {
    const arena = new NativeArena({ chunkSize: 2 ** 16 })
    const blocks = Array.from({ length: 100 }, () => arena.alloc(1000))
    const numbers = arena.allocArray(Float64Array, 10)
    blocks[99].fill(1)
    numbers.fill(1.5)
    arena.reset()
    assert.deepEqual([blocks[99].length, numbers.length, arena.used], [0, 0, 0])
    assert.equal(arena.alloc(1000).some(Boolean), false)
    arena.dispose()
    assert.equal(handleStatistics().liveBytes, 0)
  },

  'a secret is readable inside use() only, compares, and leaves nothing outside': () => {
    const wiped = Buffer.from('hunter2!')
    const secret = SecretBuffer.from(wiped, { wipeSource: true })
    assert.equal(wiped.toString('latin1'), '\0'.repeat(8))
    let kept
    secret.use((bytes) => {
      assert.equal(bytes.toString(), 'hunter2!')
      kept = bytes
    })
    assert.equal(kept.length, 0)
    assert.equal(secret.equals(Buffer.from('hunter2!')), true)
    assert.equal(secret.equals(Buffer.from('hunter3!')), false)
    secret.dispose()
    assert.equal(liveHandles(), 0)
  },
}
