import { Buffer } from 'node:buffer'
import { types } from 'node:util'
import { checkInteger, checkOneOf, invalidType } from '../validate.js'

const ENCODINGS = [
  'utf8',
  'utf-8',
  'utf16le',
  'utf-16le',
  'ucs2',
  'ucs-2',
  'base64',
  'base64url',
  'latin1',
  'binary',
  'hex',
  'ascii',
] as const

/** The bytes of anything that has some; not a copy where that can be avoided. */
export function bytesOf(source: unknown, encoding: unknown): Uint8Array {
  if (typeof source === 'string') return bytesOfString(source, encoding)
  if (ArrayBuffer.isView(source)) return new Uint8Array(source.buffer, source.byteOffset, source.byteLength)
  if (types.isAnyArrayBuffer(source)) return new Uint8Array(source)
  if (typeof source === 'object' && source !== null && Symbol.iterator in source) {
    return Uint8Array.from(numbersOf(source as Iterable<unknown>))
  }
  throw invalidType(
    'source',
    'of type string or an instance of ArrayBuffer, TypedArray, DataView or an iterable of numbers',
    source,
  )
}

function bytesOfString(source: string, encoding: unknown): Uint8Array {
  if (encoding === undefined) return Buffer.from(source)
  if (typeof encoding !== 'string') throw invalidType('encoding', 'of type string', encoding)
  const lowerCase = encoding.toLowerCase()
  checkOneOf('encoding', lowerCase, ENCODINGS)
  return Buffer.from(source, lowerCase)
}

function* numbersOf(source: Iterable<unknown>): Iterable<number> {
  let index = 0
  for (const number of source) {
    checkInteger(`source[${index++}]`, number, 0, 255)
    yield number
  }
}
