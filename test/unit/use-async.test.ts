import { beforeEach, describe, expect, it } from 'vitest'
import { useAsync } from '../../lib/index.js'
import { FakeHandle } from '../support/fake-handle.js'

const code = (expected: string) => expect.objectContaining({ code: expected })
const anything = (value: unknown) => value as never

/** What happened, in order. */
let events: string[] = []
beforeEach(() => {
  events = []
  FakeHandle.reset()
})

function resource(name: string): AsyncDisposable {
  return {
    async [Symbol.asyncDispose]() {
      events.push(`${name} begins`)
      await null
      events.push(`${name} ends`)
    },
  }
}

function syncResource(name: string): Disposable {
  return {
    [Symbol.dispose]() {
      events.push(name)
    },
  }
}

function failing(message: string): AsyncDisposable {
  return { [Symbol.asyncDispose]: () => Promise.reject(new Error(message)) }
}

describe('useAsync()', () => {
  it('gives the body what it was given, promises its result, and disposes in between', async () => {
    const given = resource('resource')
    const result = useAsync(given, async (received) => {
      expect(received).toBe(given)
      await null
      events.push('body')
      return 'result'
    })
    expect(result).toBeInstanceOf(Promise)
    expect(await result).toBe('result')
    expect(events).toEqual(['body', 'resource begins', 'resource ends'])
  })

  it('takes a body that returns no promise', async () => {
    expect(await useAsync(resource('resource'), () => 1)).toBe(1)
    expect(events).toEqual(['resource begins', 'resource ends'])
  })

  it('runs the body before it returns', async () => {
    const result = useAsync(resource('resource'), () => events.push('body'))
    expect(events).toEqual(['body'])
    await result
  })

  it('disposes of several one after the other, the last one first', async () => {
    const resources = [resource('first'), syncResource('second'), resource('third')] as const
    await useAsync(resources, (given) => expect(given).toBe(resources))
    expect(events).toEqual(['third begins', 'third ends', 'second', 'first begins', 'first ends'])
  })

  it('runs the body without any resource', async () => {
    expect(await useAsync([], () => 1)).toBe(1)
  })

  it('prefers Symbol.asyncDispose', async () => {
    await useAsync({ ...syncResource('wrong'), ...resource('right') }, () => 0)
    expect(events).toEqual(['right begins', 'right ends'])
  })

  it('does not await what Symbol.dispose returns', async () => {
    const never = { [Symbol.dispose]: () => new Promise(() => {}) }
    expect(await useAsync(never, () => 1)).toBe(1)
  })

  it('disposes of handles asynchronously', async () => {
    const handle = new FakeHandle(1)
    const lease = handle.lease()
    const result = useAsync(handle, () => 1)
    await null
    expect(FakeHandle.released).toEqual([])
    lease[Symbol.dispose]()
    await result
    expect(FakeHandle.released).toEqual([1])
  })

  it.each([
    ['throws', () => throwing('body')],
    ['rejects', () => Promise.reject(new Error('body'))],
  ])('disposes when the body %s', async (_, body) => {
    await expect(useAsync(resource('resource'), body)).rejects.toThrow('body')
    expect(events).toEqual(['resource begins', 'resource ends'])
  })

  it('keeps every error, the latest outermost, and goes on disposing', async () => {
    const thrower = { [Symbol.dispose]: () => throwing('second') }
    const resources = [failing('first'), resource('between'), thrower]
    await expect(useAsync(resources, () => throwing('body'))).rejects.toMatchObject({
      name: 'SuppressedError',
      error: { message: 'first' },
      suppressed: { error: { message: 'second' }, suppressed: { message: 'body' } },
    })
    expect(events).toEqual(['between begins', 'between ends'])
  })

  it('rejects with a single error as it is', async () => {
    await expect(useAsync(failing('only'), () => 1)).rejects.toMatchObject({ message: 'only', name: 'Error' })
  })

  it('reads each method once, before the body runs', async () => {
    const reads: string[] = []
    const used = {
      get [Symbol.asyncDispose]() {
        reads.push('asyncDispose')
        return undefined
      },
      get [Symbol.dispose]() {
        reads.push('dispose')
        return () => events.push('disposed')
      },
    }
    await useAsync(anything(used), () => expect(reads).toEqual(['asyncDispose', 'dispose']))
    expect(reads).toEqual(['asyncDispose', 'dispose'])
    expect(events).toEqual(['disposed'])
  })

  it.each([
    ['nothing', undefined],
    ['null', null],
    ['an object without a method', {}],
    ['an object whose Symbol.asyncDispose is no function', { [Symbol.asyncDispose]: 1, [Symbol.dispose]: () => 0 }],
    ['a list with one such', [{}]],
    ['a list with a hole', new Array(1)],
  ])('rejects %s before the body runs', async (_, given) => {
    const result = useAsync(anything(given), () => events.push('body'))
    await expect(result).rejects.toThrow(code('ERR_INVALID_ARG_TYPE'))
    expect(events).toEqual([])
  })

  it('loses no resource when it refuses', async () => {
    const resources = [resource('first'), {}, syncResource('third')]
    await expect(useAsync(anything(resources), () => 0)).rejects.toThrow(code('ERR_INVALID_ARG_TYPE'))
    expect(events).toEqual(['third', 'first begins', 'first ends'])
    await expect(useAsync(syncResource('fourth'), anything('no function'))).rejects.toThrow(
      code('ERR_INVALID_ARG_TYPE'),
    )
    expect(events).toEqual(['third', 'first begins', 'first ends', 'fourth'])
  })
})

function throwing(message: string): never {
  throw new Error(message)
}
