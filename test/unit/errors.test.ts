import { describe, expect, it } from 'vitest'
import { stackOfThrown } from '../../lib/errors.js'
import * as holdfast from '../../lib/index.js'
import { systemError } from '../../lib/system-error.js'

const samples = {
  ObjectDisposedError: () => new holdfast.ObjectDisposedError('Db'),
  InvalidOperationError: () => new holdfast.InvalidOperationError('no'),
  HandleReleaseError: () => new holdfast.HandleReleaseError('db', { cause: 1 }),
  HandleLeakError: () => new holdfast.HandleLeakError('two', []),
  ResourceExhaustedError: () => new holdfast.ResourceExhaustedError('sockets', 10, 11),
  OutOfMemoryError: () => new holdfast.OutOfMemoryError(5),
  SystemError: () => new holdfast.SystemError('ENOENT', 'no such file', { errno: -2, syscall: 'open', path: '/x' }),
}

const codes = {
  ObjectDisposedError: 'ERR_HOLDFAST_DISPOSED',
  InvalidOperationError: 'ERR_HOLDFAST_INVALID_OPERATION',
  HandleReleaseError: 'ERR_HOLDFAST_RELEASE',
  HandleLeakError: 'ERR_HOLDFAST_LEAK',
  ResourceExhaustedError: 'ERR_HOLDFAST_EXHAUSTED',
  OutOfMemoryError: 'ERR_MEMORY_ALLOCATION_FAILED',
  SystemError: 'ENOENT',
}

type Name = keyof typeof samples
const names = Object.keys(samples) as Name[]

describe('errors', () => {
  it('of the system have a code also where nobody has words for the number', () => {
    expect(systemError({ errno: 9999, syscall: 'open' }, '/x')).toMatchObject({
      code: 'E9999',
      errno: -9999,
      syscall: 'open',
      path: '/x',
    })
  })

  it('of arguments show what came, also when that has no class', () => {
    expect(() => new holdfast.NativeBuffer(Object.create(null))).toThrow(/Received \[Object: null prototype\]/)
  })

  it.each([
    [new Error('has a stack'), /has a stack\n\s+at /],
    ['text', /^$/],
    [undefined, /^$/],
    [null, /^$/],
    [{ stack: 7 }, /^$/],
  ])('have a stack for the details of a warning, if they have one: %s', (thrown, stack) => {
    expect(stackOfThrown(thrown)).toMatch(stack)
  })

  it.each(names)('%s has its permanent code, its name and a stack', (name) => {
    const error = samples[name]()
    expect(error).toMatchObject({ name, code: codes[name] })
    expect(error).toBeInstanceOf(Error)
    expect(error.stack).toContain(name)
  })

  it('carry what the contract says', () => {
    expect(samples.ObjectDisposedError().objectName).toBe('Db')
    expect(samples.HandleReleaseError()).toMatchObject({ kind: 'db', cause: 1 })
    expect(samples.HandleLeakError().leaks).toEqual([])
    expect(samples.ResourceExhaustedError()).toMatchObject({ resource: 'sockets', limit: 10, live: 11 })
    expect(samples.OutOfMemoryError().requested).toBe(5)
    expect(samples.OutOfMemoryError()).toBeInstanceOf(RangeError)
    expect(samples.SystemError()).toMatchObject({ errno: -2, syscall: 'open', path: '/x' })
  })

  it('are recognised by instanceof across two copies of the library, and not mistaken for one another', async () => {
    const another = '../../lib/errors.js?another'
    const copy = (await import(another)) as typeof import('../../lib/errors.js')
    for (const name of names) {
      const error = samples[name]()
      expect(copy[name]).not.toBe(error.constructor)
      for (const other of names) expect(error instanceof copy[other]).toBe(name === other)
    }
  })

  it('recognise only objects, and subclasses only their own', () => {
    class Special extends holdfast.InvalidOperationError {}
    expect(new Special('x') instanceof holdfast.InvalidOperationError).toBe(true)
    expect(samples.InvalidOperationError() instanceof Special).toBe(false)
    expect((null as unknown) instanceof holdfast.SystemError).toBe(false)
    expect(('text' as unknown) instanceof holdfast.SystemError).toBe(false)
  })
})
