import { beforeEach, describe, expect, it } from 'vitest'
import { use } from '../../lib/index.js'
import { FakeHandle } from '../support/fake-handle.js'

const code = (expected: string) => expect.objectContaining({ code: expected })
const anything = (value: unknown) => value as never

function failing(message: string): Disposable {
  return {
    [Symbol.dispose]() {
      throw new Error(message)
    },
  }
}

beforeEach(() => FakeHandle.reset())

describe('use()', () => {
  it('gives the body what it was given, returns its result, and disposes afterwards', () => {
    const handle = new FakeHandle(1)
    const result = use(handle, (given) => {
      expect(given).toBe(handle)
      expect(FakeHandle.released).toEqual([])
      return 'result'
    })
    expect(result).toBe('result')
    expect(FakeHandle.released).toEqual([1])
  })

  it('disposes of several, the last one first', () => {
    const handles = [new FakeHandle(1), new FakeHandle(2), new FakeHandle(3)] as const
    use(handles, (given) => expect(given).toBe(handles))
    expect(FakeHandle.released).toEqual([3, 2, 1])
  })

  it('disposes when the body throws', () => {
    expect(() =>
      use(new FakeHandle(1), () => {
        throw new Error('body')
      }),
    ).toThrow('body')
    expect(FakeHandle.released).toEqual([1])
  })

  it('awaits a body that returns a promise', async () => {
    const result = use(new FakeHandle(1), async () => {
      await null
      expect(FakeHandle.released).toEqual([])
      return 'later'
    })
    expect(await result).toBe('later')
    expect(FakeHandle.released).toEqual([1])
    await expect(use(new FakeHandle(2), () => Promise.reject(new Error('body')))).rejects.toThrow('body')
    expect(FakeHandle.released).toEqual([1, 2])
  })

  it('keeps every error, the latest outermost', () => {
    const body = () => {
      throw new Error('body')
    }
    expect(() => use([failing('first'), failing('second')], body)).toThrow(
      expect.objectContaining({
        name: 'SuppressedError',
        error: expect.objectContaining({ message: 'first' }),
        suppressed: expect.objectContaining({
          error: expect.objectContaining({ message: 'second' }),
          suppressed: expect.objectContaining({ message: 'body' }),
        }),
      }),
    )
  })

  it('throws a single error as it is', () => {
    expect(() => use(failing('only'), () => 1)).toThrow(expect.objectContaining({ message: 'only', name: 'Error' }))
  })

  it.each([
    ['nothing', undefined],
    ['null', null],
    ['an object without Symbol.dispose', {}],
    ['a list with one such', [{}]],
  ])('refuses %s before the body runs', (_, resource) => {
    let ran = false
    expect(() =>
      use(anything(resource), () => {
        ran = true
      }),
    ).toThrow(code('ERR_INVALID_ARG_TYPE'))
    expect(ran).toBe(false)
  })

  it('reads each method once, before the body runs', () => {
    let reads = 0
    let calls = 0
    const resource = {
      get [Symbol.dispose]() {
        reads++
        return () => {
          calls++
        }
      },
    }
    use(resource, () => expect([reads, calls]).toEqual([1, 0]))
    expect([reads, calls]).toEqual([1, 1])
  })

  it('loses no resource when a method cannot be read', () => {
    const unreadable = {
      get [Symbol.dispose](): never {
        throw new Error('unreadable')
      },
    }
    expect(() => use([new FakeHandle(1), unreadable, new FakeHandle(2)], () => 0)).toThrow('unreadable')
    expect(FakeHandle.released).toEqual([2, 1])
  })

  it('loses no resource when it refuses', () => {
    expect(() => use(anything([new FakeHandle(1), {}, new FakeHandle(2)]), () => 0)).toThrow(TypeError)
    expect(() => use(new FakeHandle(3), anything('no function'))).toThrow(code('ERR_INVALID_ARG_TYPE'))
    expect(FakeHandle.released).toEqual([2, 1, 3])
  })
})
