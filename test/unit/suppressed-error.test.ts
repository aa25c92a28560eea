import { isNativeError } from 'node:util/types'
import { describe, expect, it } from 'vitest'
import { SuppressedError } from '../../lib/index.js'
import { attributesOf, isConstructor } from '../support/shape.js'

const create = SuppressedError as unknown as (...args: unknown[]) => SuppressedError

describe('SuppressedError', () => {
  it('is the class of the platform where there is one', () => {
    expect((globalThis as { SuppressedError?: unknown }).SuppressedError ?? SuppressedError).toBe(SuppressedError)
  })

  it('holds the latest error and what went before it, whatever they are', () => {
    expect(new SuppressedError('latest', 'earlier', 'words')).toMatchObject({
      error: 'latest',
      suppressed: 'earlier',
      message: 'words',
    })
    const empty = create()
    expect([empty.error, empty.suppressed]).toEqual([undefined, undefined])
    expect(Object.hasOwn(empty, 'error') && Object.hasOwn(empty, 'suppressed')).toBe(true)
  })

  it('is an error to everybody', () => {
    const error = new SuppressedError(1, 2, 'words')
    expect(error).toBeInstanceOf(Error)
    expect(error).toBeInstanceOf(SuppressedError)
    expect(isNativeError(error)).toBe(true)
    expect(String(error)).toBe('SuppressedError: words')
  })

  it('has a stack that begins where it was made', () => {
    function makeIt() {
      return new SuppressedError(1, 2, 'words')
    }
    const [head, first] = (makeIt().stack as string).split('\n')
    expect(head).toBe('SuppressedError: words')
    expect(first).toContain('makeIt')
  })

  it('works without new', () => {
    const error = create(1, 2, 'words')
    expect(Object.getPrototypeOf(error)).toBe(SuppressedError.prototype)
    expect(error).toMatchObject({ error: 1, suppressed: 2, message: 'words' })
  })

  it('makes message, error and suppressed in this order, none of them enumerable', () => {
    const error = new SuppressedError(1, 2, 'words')
    const names = Object.getOwnPropertyNames(error).filter((name) => name !== 'stack')
    expect(names).toEqual(['message', 'error', 'suppressed'])
    for (const name of names) expect(attributesOf(error, name)).toBe('writable configurable')
  })

  it('makes a string of the message, and none of undefined', () => {
    expect(create(1, 2, 42).message).toBe('42')
    expect(create(1, 2, null).message).toBe('null')
    expect(create(1, 2, { toString: () => 'asked' }).message).toBe('asked')
    expect(Object.hasOwn(create(1, 2, undefined), 'message')).toBe(false)
    expect(create(1, 2).message).toBe('')
    expect(() => create(1, 2, Symbol('no string'))).toThrow(TypeError)
  })

  it('takes no options', () => {
    expect(Object.hasOwn(create(1, 2, 'words', { cause: 3 }), 'cause')).toBe(false)
  })

  it('can be extended', () => {
    class Special extends SuppressedError {}
    const error = new Special(1, 2, 'words')
    expect(error).toBeInstanceOf(Special)
    expect(error).toMatchObject({ error: 1, suppressed: 2, message: 'words' })
  })

  it('follows the prototype of newTarget, and has its own where that is no object', () => {
    const newTarget = function newTarget() {}.bind(null) as unknown as { prototype: unknown }
    newTarget.prototype = Array.prototype
    expect(Object.getPrototypeOf(Reflect.construct(SuppressedError, [], newTarget as never))).toBe(Array.prototype)
    newTarget.prototype = 'no object'
    expect(Object.getPrototypeOf(Reflect.construct(SuppressedError, [], newTarget as never))).toBe(
      SuppressedError.prototype,
    )
  })

  it('has the shape of an error class of the language', () => {
    expect(isConstructor(SuppressedError)).toBe(true)
    expect(Object.getPrototypeOf(SuppressedError)).toBe(Error)
    expect(Object.getPrototypeOf(SuppressedError.prototype)).toBe(Error.prototype)
    expect([SuppressedError.name, SuppressedError.length]).toEqual(['SuppressedError', 3])
    expect([SuppressedError.prototype.name, SuppressedError.prototype.message]).toEqual(['SuppressedError', ''])
    expect(attributesOf(SuppressedError, 'prototype')).toBe('')
    expect(attributesOf(SuppressedError, 'name')).toBe('configurable')
    expect(attributesOf(SuppressedError, 'length')).toBe('configurable')
    for (const key of ['constructor', 'name', 'message']) {
      expect(attributesOf(SuppressedError.prototype, key)).toBe('writable configurable')
    }
    expect(SuppressedError.prototype.constructor).toBe(SuppressedError)
    expect(attributesOf(SuppressedError.prototype, 'error')).toBe('missing')
    expect(attributesOf(SuppressedError.prototype, 'suppressed')).toBe('missing')
  })
})
