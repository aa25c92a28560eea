import { readFileSync } from 'node:fs'
import { setImmediate } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { handleStatistics, liveHandles, NativeBuffer } from '../../../lib/index.js'
import { moveMemory } from '../../support/move-memory.js'

const LARGE = 64 * 2 ** 20

function isMapped(address: bigint): boolean {
  const maps = readFileSync('/proc/self/maps', 'latin1')
  return [...maps.matchAll(/^([0-9a-f]+)-([0-9a-f]+) /gm)].some(
    ([, from, to]) => BigInt(`0x${from}`) <= address && address < BigInt(`0x${to}`),
  )
}

describe('NativeBuffer.disposeAsync()', () => {
  it('counts a buffer as disposed at once, detaches its views, and has given the memory back when it resolves', async () => {
    const buffer = new NativeBuffer(LARGE)
    const { bytes, address } = buffer
    bytes.fill(1)
    const before = handleStatistics()
    const disposal = buffer.disposeAsync()
    expect([bytes.length, buffer.isClosed, liveHandles('NativeBuffer')]).toEqual([0, true, 0])
    expect(handleStatistics().liveBytes).toBe(before.liveBytes - LARGE)
    await disposal
    expect(process.platform !== 'linux' || !isMapped(address)).toBe(true)
  })

  it('waits for references, and settles with a second call', async () => {
    const buffer = new NativeBuffer(LARGE)
    const lease = buffer.lease()
    const first = buffer.disposeAsync()
    const second = buffer.disposeAsync()
    await setImmediate()
    expect([buffer.isClosed, liveHandles('NativeBuffer')]).toEqual([false, 1])
    lease.dispose()
    await Promise.all([first, second])
    expect(liveHandles('NativeBuffer')).toBe(0)
  })

  it('releases many in one go, small and large, viewed and not', async () => {
    const sizes = [0, 64, 100_000, 2 ** 20, LARGE]
    const buffers = [...sizes, ...sizes].map((size) => new NativeBuffer(size))
    for (const buffer of buffers.slice(sizes.length)) void buffer.bytes
    await Promise.all(buffers.map((buffer) => buffer.disposeAsync()))
    expect(liveHandles('NativeBuffer')).toBe(0)
  })

  it('leaves memory that was moved into another ArrayBuffer to that', async () => {
    const buffer = new NativeBuffer(LARGE, { alignment: 64 })
    buffer.bytes.fill(7)
    const moved = await moveMemory(buffer.arrayBuffer)
    await buffer.disposeAsync()
    expect(moved.at(-1)).toBe(7)
  })
})
