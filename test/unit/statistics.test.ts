import { describe, expect, it } from 'vitest'
import { type HandleCounts, handleStatistics, liveHandles, NativeBuffer, resetPeaks } from '../../lib/index.js'
import { FakeHandle } from '../support/fake-handle.js'

const code = (expected: string) => expect.objectContaining({ code: expected })
const anything = (value: unknown) => value as never

describe('liveHandles()', () => {
  it('counts all kinds, one kind by name, and one by class', () => {
    using _a = new NativeBuffer(1)
    using _b = new NativeBuffer(1)
    using _c = new FakeHandle(1)
    expect([liveHandles(), liveHandles('NativeBuffer'), liveHandles(FakeHandle)]).toEqual([3, 2, 1])
  })

  it('knows nothing of kinds that never were', () => {
    expect(liveHandles('Unicorn')).toBe(0)
    expect(liveHandles('__proto__')).toBe(0)
  })

  it('refuses what is no kind', () => {
    expect(() => liveHandles(anything(5))).toThrow(code('ERR_INVALID_ARG_TYPE'))
    expect(() => liveHandles(anything(null))).toThrow(code('ERR_INVALID_ARG_TYPE'))
  })
})

describe('handleStatistics()', () => {
  const addsUp = (counts: HandleCounts) =>
    counts.opened === counts.live + counts.disposed + counts.finalized + counts.transferredOut - counts.transferredIn

  it('adds up, in total and for each kind', () => {
    using _open = new NativeBuffer(10)
    new NativeBuffer(20).dispose()
    using _other = new FakeHandle(1, { byteLength: 5 })
    for (const scope of ['thread', 'process'] as const) {
      const { kinds, ...total } = handleStatistics({ scope })
      expect(addsUp(total)).toBe(true)
      for (const counts of Object.values(kinds)) expect(addsUp(counts)).toBe(true)
      for (const column of ['live', 'liveBytes', 'opened', 'disposed', 'finalized'] as const) {
        const sum = Object.values(kinds).reduce((before, counts) => before + counts[column], 0)
        expect(total[column]).toBe(sum)
      }
    }
  })

  it('has exactly nine numbers and the kinds', () => {
    new NativeBuffer(1).dispose()
    const numbers = [
      'live',
      'liveBytes',
      'peakLive',
      'peakLiveBytes',
      'opened',
      'disposed',
      'finalized',
      'transferredIn',
      'transferredOut',
    ]
    const { kinds, ...total } = handleStatistics()
    expect(Object.keys(total)).toEqual(numbers)
    expect(Object.keys(kinds['NativeBuffer'] as HandleCounts)).toEqual(numbers)
  })

  it('is a snapshot', () => {
    const before = handleStatistics()
    const { live } = before
    using _buffer = new NativeBuffer(1)
    expect(before.live).toBe(live)
  })

  it('refuses another scope', () => {
    expect(() => handleStatistics({ scope: anything('galaxy') })).toThrow(code('ERR_INVALID_ARG_VALUE'))
    expect(() => handleStatistics(anything(null))).toThrow(code('ERR_INVALID_ARG_TYPE'))
  })
})

describe('resetPeaks()', () => {
  it('starts the peaks anew at what is live', () => {
    using _one = new NativeBuffer(100)
    {
      using _two = new NativeBuffer(1000)
    }
    expect(handleStatistics().kinds['NativeBuffer']).toMatchObject({ peakLive: 2, peakLiveBytes: 1100 })
    resetPeaks()
    expect(handleStatistics().kinds['NativeBuffer']).toMatchObject({ peakLive: 1, peakLiveBytes: 100 })
    expect(handleStatistics({ scope: 'process' })).toMatchObject({ peakLive: 1, peakLiveBytes: 100 })
  })
})
