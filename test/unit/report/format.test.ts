import { describe, expect, it } from 'vitest'
import { bytes, count, duration, handles, percent, signed } from '../../../lib/report/client/format.js'

describe('numbers are written as people read them', () => {
  it.each([
    [0, '0 B'],
    [1023, '1,023 B'],
    [1024, '1 KiB'],
    [1536, '1.5 KiB'],
    [2 ** 20 - 1, '1 MiB'],
    [10.55 * 2 ** 20, '10.6 MiB'],
    [150.4 * 2 ** 20, '150 MiB'],
    [5 * 2 ** 40, '5 TiB'],
    [-2048, '−2 KiB'],
  ])('bytes: %d is %s', (value, text) => expect(bytes(value)).toBe(text))

  it.each([
    [0, '0 ms'],
    [0.42, '0.42 ms'],
    [12.34, '12.3 ms'],
    [999.4, '999 ms'],
    [999.6, '1 s'],
    [2500, '2.5 s'],
    [59_960, '1 min'],
    [250_000, '4 min 10 s'],
    [3_600_000, '1 h'],
    [5_430_000, '1 h 31 min'],
  ])('durations: %d is %s', (value, text) => expect(duration(value)).toBe(text))

  it.each([
    [0, '0 %'],
    [0.0004, '< 0.1 %'],
    [0.0123, '1.2 %'],
    [0.1234, '12 %'],
    [1, '100 %'],
    [Number.NaN, '0 %'],
  ])('shares: %d is %s', (value, text) => expect(percent(value)).toBe(text))

  it('counts and differences', () => {
    expect([count(1_234_567), handles(1), handles(1200)]).toEqual(['1,234,567', '1 handle', '1,200 handles'])
    expect([signed(0, bytes), signed(2048, bytes), signed(-2048, bytes), signed(-3, count)]).toEqual([
      '±0',
      '+2 KiB',
      '−2 KiB',
      '−3',
    ])
  })
})
