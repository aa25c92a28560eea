import { describe, expect, it } from 'vitest'
import { liveHandles, SecretBuffer } from '../../../lib/index.js'

const code = (expected: string) => expect.objectContaining({ code: expected })
const anything = (value: unknown) => value as never
const read = (secret: SecretBuffer) => secret.use((bytes) => [...bytes])

describe('SecretBuffer.from()', () => {
  it.each([
    ['a Buffer', () => Buffer.from([1, 2, 3, 255]), [1, 2, 3, 255]],
    ['a part of an ArrayBuffer', () => new Uint8Array(new Uint8Array([9, 1, 2, 9]).buffer, 1, 2), [1, 2]],
    ['the raw bytes of a wider typed array', () => Uint16Array.of(0x0201, 0x0403), [1, 2, 3, 4]],
    ['a DataView', () => new DataView(new Uint8Array([9, 1, 2]).buffer, 1), [1, 2]],
    ['an ArrayBuffer', () => new Uint8Array([1, 2]).buffer, [1, 2]],
    ['a view of shared memory', () => new Uint8Array(new SharedArrayBuffer(2)).fill(7), [7, 7]],
    ['a SharedArrayBuffer', () => new SharedArrayBuffer(2), [0, 0]],
    ['an iterable of numbers', () => new Set([1, 2, 255]), [1, 2, 255]],
    ['a string, as UTF-8', () => 'aé', [0x61, 0xc3, 0xa9]],
  ])('copies %s', (_title, make, expected) => {
    using secret = SecretBuffer.from(make())
    expect(read(secret)).toEqual(expected)
  })

  it('leaves its source as it is, unless it is asked to wipe it', () => {
    const source = Buffer.from([1, 2, 3])
    SecretBuffer.from(source).dispose()
    SecretBuffer.from(source, {}).dispose()
    SecretBuffer.from(source, { wipeSource: false }).dispose()
    expect([...source]).toEqual([1, 2, 3])
    using secret = SecretBuffer.from(source, { wipeSource: true })
    expect([read(secret), [...source]]).toEqual([
      [1, 2, 3],
      [0, 0, 0],
    ])
  })

  it('wipes exactly the bytes of its source, of any kind of memory', () => {
    const all = new Uint8Array([1, 2, 3, 4, 5, 6])
    SecretBuffer.from(new Uint16Array(all.buffer, 2, 1), { wipeSource: true }).dispose()
    expect([...all]).toEqual([1, 2, 0, 0, 5, 6])
    SecretBuffer.from(all.buffer, { wipeSource: true }).dispose()
    expect([...all]).toEqual([0, 0, 0, 0, 0, 0])
    const shared = new Uint8Array(new SharedArrayBuffer(2)).fill(7)
    SecretBuffer.from(shared, { wipeSource: true }).dispose()
    expect([...shared]).toEqual([0, 0])
  })

  it('leaves no copy of a string in the memory that small Buffers share', () => {
    const pool = Buffer.from('x').buffer
    SecretBuffer.from('the passphrase').dispose()
    expect(Buffer.from(pool).includes('the passphrase')).toBe(false)
  })

  it.each([
    ['a string that should be wiped', ['hunter2', { wipeSource: true }], 'ERR_INVALID_ARG_TYPE'],
    ['an iterable that should be wiped', [[1, 2], { wipeSource: true }], 'ERR_INVALID_ARG_TYPE'],
    ['a number', [5], 'ERR_INVALID_ARG_TYPE'],
    ['nothing', [undefined], 'ERR_INVALID_ARG_TYPE'],
    ['an object', [{}], 'ERR_INVALID_ARG_TYPE'],
    ['a number that is no byte', [[256]], 'ERR_OUT_OF_RANGE'],
    ['options that are none', ['a', 5], 'ERR_INVALID_ARG_TYPE'],
    ['null as options', ['a', null], 'ERR_INVALID_ARG_TYPE'],
    ['a wipeSource that is no boolean', ['a', { wipeSource: 1 }], 'ERR_INVALID_ARG_TYPE'],
  ])('refuses %s', (_title, args, expected) => {
    const before = liveHandles()
    expect(() => Reflect.apply(SecretBuffer.from, SecretBuffer, args)).toThrow(code(expected))
    expect(liveHandles()).toBe(before)
  })

  it('does not wipe a source that it could not copy', () => {
    const source = Buffer.from([1, 2, 3])
    expect(() => SecretBuffer.from(source, anything({ wipeSource: 'yes' }))).toThrow(code('ERR_INVALID_ARG_TYPE'))
    expect([...source]).toEqual([1, 2, 3])
  })
})
