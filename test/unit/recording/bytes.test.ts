import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ByteReader, ByteWriter, OutOfBytes } from '../../../lib/recording/bytes.js'

function read<T>(writer: ByteWriter, body: (reader: ByteReader) => T): T {
  return body(new ByteReader(Buffer.from(writer.view())))
}

describe('numbers as bytes', () => {
  it('come back, whatever they are', () => {
    fc.assert(
      fc.property(fc.array(fc.maxSafeNat()), (numbers) => {
        const writer = new ByteWriter()
        for (const number of numbers) writer.number(number)
        read(writer, (reader) => {
          expect(numbers.map(() => reader.number())).toEqual(numbers)
          expect(reader.atEnd).toBe(true)
        })
      }),
    )
  })

  it.each([0, 127, 128, 2 ** 31 - 1, 2 ** 31, 2 ** 32, 2 ** 32 + 1, Number.MAX_SAFE_INTEGER])('%d comes back', (n) => {
    const writer = new ByteWriter()
    writer.number(n)
    expect(read(writer, (reader) => reader.number())).toBe(n)
  })

  it('take one byte below 128', () => {
    const writer = new ByteWriter()
    for (let number = 0; number < 128; number++) writer.number(number)
    expect(writer.length).toBe(128)
  })

  it('of either sign come back as differences', () => {
    fc.assert(
      fc.property(fc.integer({ min: -(2 ** 40), max: 2 ** 40 }), (number) => {
        const writer = new ByteWriter()
        writer.difference(number)
        expect(read(writer, (reader) => reader.difference())).toBe(number)
      }),
    )
  })

  it.each([Number.NaN, Number.POSITIVE_INFINITY, -1, 2 ** 60])('%d is none, and becomes 0', (number) => {
    const writer = new ByteWriter()
    writer.number(number)
    expect(read(writer, (reader) => reader.number())).toBe(0)
  })

  it('are not read beyond the end', () => {
    const writer = new ByteWriter()
    writer.number(1)
    read(writer, (reader) => {
      reader.number()
      expect(() => reader.number()).toThrow(OutOfBytes)
      expect(() => reader.text(1)).toThrow(OutOfBytes)
    })
    expect(() => new ByteReader(Buffer.from([0xff])).number()).toThrow(OutOfBytes)
  })
})
