import { describe, expect, it } from 'vitest'
import {
  handleStatistics,
  liveHandles,
  NativeBuffer,
  ObjectDisposedError,
  setNativeMemoryLimit,
} from '../../../lib/index.js'
import { moveMemory } from '../../support/move-memory.js'

const code = (expected: string) => expect.objectContaining({ code: expected })
const anything = (value: unknown) => value as never
const counts = () => {
  const { live, opened, disposed, finalized, transferredIn, transferredOut } = handleStatistics()
  return { live, opened, disposed, finalized, transferredIn, transferredOut }
}

describe('transfer() and receive()', () => {
  it.each([
    ['never looked at', 100_000, {}, () => {}],
    ['small, of which the address is known', 64, {}, (buffer: NativeBuffer) => buffer.address],
    ['small and viewed, in memory of the engine', 64, {}, (buffer: NativeBuffer) => buffer.bytes],
    ['small and viewed, aligned', 64, { alignment: 4096 }, (buffer: NativeBuffer) => buffer.bytes],
    ['large and viewed', 2 ** 20, {}, (buffer: NativeBuffer) => buffer.bytes],
    ['huge', 2 ** 26, { alignment: 2 ** 21 }, (buffer: NativeBuffer) => buffer.bytes],
    ['empty', 0, {}, (buffer: NativeBuffer) => buffer.bytes],
  ])('move the contents of a buffer that is %s', (_what, size, options, look) => {
    const buffer = new NativeBuffer(size, options)
    const wasViewed = look(buffer) !== undefined
    if (wasViewed) buffer.bytes.fill(0x5a)
    const { alignment } = buffer
    using received = NativeBuffer.receive(structuredClone(buffer.transfer()))
    expect([received.byteLength, received.alignment]).toEqual([size, alignment])
    expect(received.bytes.every((byte) => byte === (wasViewed ? 0x5a : 0))).toBe(true)
    if ('alignment' in options) expect(Number(received.address) % alignment).toBe(0)
    received.resize(size + 10)
    expect(received.bytes.subarray(size).every((byte) => byte === 0)).toBe(true)
  })

  it('keep large memory where it is', () => {
    const buffer = new NativeBuffer(2 ** 20)
    buffer.bytes.fill(1)
    const { address } = buffer
    using received = NativeBuffer.receive(buffer.transfer())
    expect(received.address).toBe(address)
  })

  it('dispose the sent buffer: its views are detached, and every member refuses', () => {
    for (const size of [64, 2 ** 20]) {
      const buffer = new NativeBuffer(size)
      const { bytes } = buffer
      const view = buffer.view(Uint8Array)
      const transfer = buffer.transfer()
      expect([bytes.length, view.length, buffer.isDisposed, buffer.isClosed]).toEqual([0, 0, true, true])
      expect(() => buffer.bytes).toThrow(ObjectDisposedError)
      expect(() => buffer.transfer()).toThrow(code('ERR_HOLDFAST_DISPOSED'))
      buffer.dispose()
      NativeBuffer.receive(transfer).dispose()
    }
  })

  it('keep the counters exact, and the bytes counted on the way', () => {
    const before = counts()
    const processBytes = handleStatistics({ scope: 'process' }).liveBytes
    const buffer = new NativeBuffer(2 ** 20)
    const transfer = buffer.transfer()
    expect(counts()).toEqual({ ...before, opened: before.opened + 1, transferredOut: before.transferredOut + 1 })
    expect(handleStatistics().liveBytes).toBe(0)
    expect(handleStatistics({ scope: 'process' }).liveBytes).toBe(processBytes + 2 ** 20)
    const received = NativeBuffer.receive(transfer)
    expect(counts().transferredIn).toBe(before.transferredIn + 1)
    expect([liveHandles(), handleStatistics().liveBytes]).toEqual([1, 2 ** 20])
    expect(handleStatistics({ scope: 'process' }).liveBytes).toBe(processBytes + 2 ** 20)
    received.dispose()
    const { live, opened, disposed, finalized, transferredIn, transferredOut } = handleStatistics()
    expect(opened).toBe(live + disposed + finalized + transferredOut - transferredIn)
    expect(handleStatistics({ scope: 'process' }).liveBytes).toBe(processBytes)
  })

  it('are refused while references are out, and change nothing', () => {
    using buffer = new NativeBuffer(100)
    buffer.bytes.fill(3)
    const lease = buffer.lease()
    expect(() => buffer.transfer()).toThrow(code('ERR_HOLDFAST_INVALID_OPERATION'))
    expect(buffer.bytes.every((byte) => byte === 3)).toBe(true)
    lease.dispose()
    NativeBuffer.receive(buffer.transfer()).dispose()
  })

  it('are refused when the memory was moved into another ArrayBuffer', async () => {
    using buffer = new NativeBuffer(2 ** 20)
    await moveMemory(buffer.arrayBuffer)
    expect(() => buffer.transfer()).toThrow(code('ERR_HOLDFAST_INVALID_OPERATION'))
  })

  it('work once', () => {
    const transfer = new NativeBuffer(8).transfer()
    NativeBuffer.receive(transfer).dispose()
    expect(() => NativeBuffer.receive(transfer)).toThrow(code('ERR_HOLDFAST_INVALID_OPERATION'))
    expect(() => NativeBuffer.receive({ ...transfer, token: crypto.randomUUID() })).toThrow(
      code('ERR_HOLDFAST_INVALID_OPERATION'),
    )
  })

  it.each([undefined, null, 1, 'x', {}, { token: 1 }, { token: 'x' }, { token: 'x'.repeat(36) }])(
    'refuse to receive %o',
    (transfer) => {
      expect(() => NativeBuffer.receive(anything(transfer))).toThrow(code('ERR_INVALID_ARG_TYPE'))
    },
  )

  it('make an object of the class that receives, counted as that', () => {
    class Frame extends NativeBuffer {}
    const transfer = new NativeBuffer(100_000).transfer()
    expect(transfer).toMatchObject({ kind: 'NativeBuffer', byteLength: 100_000 })
    using frame = Frame.receive(transfer)
    expect([frame instanceof Frame, liveHandles(Frame), liveHandles('NativeBuffer')]).toEqual([true, 1, 0])
    frame.resize(200_000)
    expect(handleStatistics().kinds['Frame']?.liveBytes).toBe(200_000)
  })

  it('take no room under the native limit twice', () => {
    const buffer = new NativeBuffer(2 ** 20)
    setNativeMemoryLimit(handleStatistics({ scope: 'process' }).liveBytes)
    try {
      const transfer = buffer.transfer()
      expect(() => new NativeBuffer(1)).toThrow(code('ERR_MEMORY_ALLOCATION_FAILED'))
      NativeBuffer.receive(transfer).dispose()
      new NativeBuffer(1).dispose()
    } finally {
      setNativeMemoryLimit(null)
    }
  })

  it('release the memory when disposeCore of the sender throws', () => {
    class Stubborn extends NativeBuffer {
      protected override disposeCore(): void {
        throw new Error('no')
      }
    }
    const before = handleStatistics({ scope: 'process' }).liveBytes
    expect(() => new Stubborn(2 ** 20).transfer()).toThrow('no')
    expect([liveHandles(Stubborn), handleStatistics({ scope: 'process' }).liveBytes]).toEqual([0, before])
  })

  it('release nothing when a buffer that was sent is collected', () => {
    const transfers = Array.from({ length: 100 }, () => new NativeBuffer(100_000).transfer())
    for (let round = 0; round < 3000; round++) new NativeBuffer(1000)
    for (const transfer of transfers) {
      using received = NativeBuffer.receive(transfer)
      expect(received.bytes[99_999]).toBe(0)
    }
  })
})
