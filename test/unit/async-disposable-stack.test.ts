import { beforeEach, describe, expect, it } from 'vitest'
import { AsyncDisposableStack, DisposableStack, SuppressedError } from '../../lib/index.js'
import { attributesOf, getterOf, isConstructor, primitives } from '../support/shape.js'

const anything = (value: unknown) => value as never
const nothing = () => {}

/** What was disposed of, in order. */
let disposed: unknown[] = []
beforeEach(() => {
  disposed = []
})

function resource(name: string): AsyncDisposable {
  return {
    async [Symbol.asyncDispose]() {
      disposed.push(`${name} begins`)
      await null
      disposed.push(`${name} ends`)
    },
  }
}

function throwing(error: unknown): () => never {
  return () => {
    throw error
  }
}

async function rejectionOf(promise: unknown): Promise<unknown> {
  expect(promise).toBeInstanceOf(Promise)
  const settled = await (promise as Promise<unknown>).then(
    () => undefined,
    (error: unknown) => ({ error }),
  )
  if (settled === undefined) throw new Error('the promise was not rejected')
  return settled.error
}

/** How many turns of the queue of promises pass before the stack is disposed. */
async function turnsToDispose(stack: AsyncDisposableStack): Promise<number> {
  let done = false
  stack.disposeAsync().then(() => {
    done = true
  })
  let turns = 0
  do {
    await undefined
    turns++
  } while (!done)
  return turns
}

describe('AsyncDisposableStack', () => {
  it('is the class of the platform where there is one', () => {
    const { AsyncDisposableStack: platform } = globalThis as { AsyncDisposableStack?: unknown }
    expect(platform ?? AsyncDisposableStack).toBe(AsyncDisposableStack)
  })

  it('disposes of everything in reverse order, one after the other', async () => {
    const stack = new AsyncDisposableStack()
    stack.use(resource('used'))
    stack.adopt('adopted', async (value) => {
      await null
      disposed.push(value)
    })
    stack.defer(() => {
      disposed.push('deferred')
    })
    stack.use(resource('used last'))
    expect(await stack.disposeAsync()).toBeUndefined()
    expect(disposed).toEqual(['used last begins', 'used last ends', 'deferred', 'adopted', 'used begins', 'used ends'])
  })

  it('begins to dispose at once', () => {
    const stack = new AsyncDisposableStack()
    stack.use(resource('used'))
    const promise = stack.disposeAsync()
    expect(disposed).toEqual(['used begins'])
    return promise
  })

  it('disposes once, and resolves at once the second time', async () => {
    const stack = new AsyncDisposableStack()
    let finish = nothing
    stack.defer(
      () =>
        new Promise<void>((resolve) => {
          disposed.push('begun')
          finish = resolve
        }),
    )
    const first = stack.disposeAsync()
    expect(await stack.disposeAsync()).toBeUndefined()
    expect(disposed).toEqual(['begun'])
    finish()
    await first
    await stack.disposeAsync()
    expect(disposed).toEqual(['begun'])
  })

  it('works with await using', async () => {
    {
      await using stack = new AsyncDisposableStack()
      stack.use(resource('used'))
    }
    expect(disposed).toEqual(['used begins', 'used ends'])
  })

  it('says whether it was disposed, from the beginning of the disposal on', async () => {
    const stack = new AsyncDisposableStack()
    const seen = [stack.disposed]
    stack.defer(async () => {
      seen.push(stack.disposed)
      await stack.disposeAsync()
      seen.push(stack.disposed)
    })
    await stack.disposeAsync()
    expect(seen).toEqual([false, true, true])
    expect(Object.hasOwn(stack, 'disposed')).toBe(false)
  })

  it('takes one turn for any number of nulls, and none for nothing at all', async () => {
    const none = await turnsToDispose(new AsyncDisposableStack())
    const nulls = new AsyncDisposableStack()
    for (const value of [null, undefined, null]) nulls.use(value)
    const withOne = new AsyncDisposableStack()
    withOne.defer(nothing)
    const withOneAndNulls = new AsyncDisposableStack()
    for (const value of [null, undefined]) withOneAndNulls.use(value)
    withOneAndNulls.defer(nothing)
    const withThrow = new AsyncDisposableStack()
    withThrow.use({ [Symbol.dispose]: nothing })
    expect(await turnsToDispose(nulls)).toBe(none + 1)
    expect(await turnsToDispose(withOne)).toBe(none + 1)
    expect(await turnsToDispose(withOneAndNulls)).toBe(none + 1)
    expect(await turnsToDispose(withThrow)).toBe(none + 1)
  })

  it.each([[new Error('only')], ['a string'], [undefined], [null]])(
    'rejects with a single error as it is: %s',
    async (error) => {
      for (const failing of [throwing(error), () => Promise.reject(error)]) {
        const stack = new AsyncDisposableStack()
        stack.defer(() => {
          disposed.push('other')
        })
        stack.defer(failing)
        expect(await rejectionOf(stack.disposeAsync())).toBe(error)
        expect(stack.disposed).toBe(true)
      }
      expect(disposed).toEqual(['other', 'other'])
    },
  )

  it('keeps every error, thrown or rejected, the latest outermost', async () => {
    const stack = new AsyncDisposableStack()
    stack.defer(() => Promise.reject(1))
    stack.defer(throwing(undefined))
    stack.use({ [Symbol.dispose]: throwing(3) })
    const outer = (await rejectionOf(stack.disposeAsync())) as SuppressedError
    expect(outer).toBeInstanceOf(SuppressedError)
    expect(outer.error).toBe(1)
    expect(outer.suppressed).toBeInstanceOf(SuppressedError)
    expect(outer.suppressed).toMatchObject({ error: undefined, suppressed: 3 })
  })

  describe('use()', () => {
    it('returns what it was given', async () => {
      const stack = new AsyncDisposableStack()
      const used = resource('used')
      expect(stack.use(used)).toBe(used)
      expect(stack.use(null)).toBe(null)
      expect(stack.use(undefined)).toBe(undefined)
      await stack.disposeAsync()
    })

    it('prefers Symbol.asyncDispose, and does not look at Symbol.dispose then', async () => {
      const stack = new AsyncDisposableStack()
      stack.use({
        ...resource('used'),
        get [Symbol.dispose](): never {
          throw new Error('was read')
        },
      })
      await stack.disposeAsync()
      expect(disposed).toEqual(['used begins', 'used ends'])
    })

    it.each([undefined, null])('falls back to Symbol.dispose where Symbol.asyncDispose is %s', async (asyncDispose) => {
      const stack = new AsyncDisposableStack()
      const used = {
        [Symbol.asyncDispose]: asyncDispose,
        [Symbol.dispose](...args: unknown[]) {
          disposed.push(this, ...args)
        },
      }
      stack.use(anything(used))
      await stack.disposeAsync()
      expect(disposed).toEqual([used])
    })

    it('does not await what Symbol.dispose returns', async () => {
      const stack = new AsyncDisposableStack()
      stack.use({ [Symbol.dispose]: () => new Promise(nothing) })
      expect(await stack.disposeAsync()).toBeUndefined()
    })

    it('reads each method once, at once, and calls it with the resource as this', async () => {
      const stack = new AsyncDisposableStack()
      const reads: string[] = []
      const receivers: unknown[] = []
      function receive(this: unknown, ...args: unknown[]) {
        receivers.push(this, ...args)
      }
      const withAsync = {
        get [Symbol.asyncDispose]() {
          reads.push('asyncDispose')
          return async function (this: unknown, ...args: unknown[]) {
            receive.apply(this, args)
          }
        },
      }
      const withoutAsync = {
        get [Symbol.asyncDispose]() {
          reads.push('no asyncDispose')
          return undefined
        },
        get [Symbol.dispose]() {
          reads.push('dispose')
          return receive
        },
      }
      stack.use(withAsync)
      stack.use(anything(withoutAsync))
      const atOnce = ['asyncDispose', 'no asyncDispose', 'dispose']
      expect(reads).toEqual(atOnce)
      await stack.disposeAsync()
      expect(reads).toEqual(atOnce)
      expect(receivers.map((each) => each === withAsync)).toEqual([false, true])
      expect(receivers.map((each) => each === withoutAsync)).toEqual([true, false])
    })

    it.each([...primitives.slice(2), {}, nothing])('refuses %s', (value) => {
      expect(() => new AsyncDisposableStack().use(anything(value))).toThrow(TypeError)
    })

    it.each(primitives.slice(2))('refuses %s in place of a method, whatever the other is', (method) => {
      const stack = new AsyncDisposableStack()
      const asyncDispose = { [Symbol.asyncDispose]: method, [Symbol.dispose]: nothing }
      expect(() => stack.use(anything(asyncDispose))).toThrow(TypeError)
      expect(() => stack.use(anything({ [Symbol.dispose]: method }))).toThrow(TypeError)
    })
  })

  describe('adopt()', () => {
    it.each([...primitives, {}, nothing])('takes %s, returns it and hands it to the function alone', async (value) => {
      const stack = new AsyncDisposableStack()
      const calls: unknown[] = []
      const adopted = stack.adopt(value, function (this: unknown, ...args) {
        calls.push(this, args)
      })
      expect(adopted).toBe(value)
      await stack.disposeAsync()
      expect(calls).toEqual([undefined, [value]])
    })

    it.each([...primitives, {}])('refuses %s in place of a function', (onDispose) => {
      expect(() => new AsyncDisposableStack().adopt(1, anything(onDispose))).toThrow(TypeError)
    })
  })

  describe('defer()', () => {
    it('returns nothing, and calls the function with nothing', async () => {
      const stack = new AsyncDisposableStack()
      const calls: unknown[] = []
      const result = stack.defer(function (this: unknown, ...args: unknown[]) {
        calls.push(this, args)
      })
      expect(result).toBeUndefined()
      await stack.disposeAsync()
      expect(calls).toEqual([undefined, []])
    })

    it.each([...primitives, {}])('refuses %s in place of a function', (onDispose) => {
      expect(() => new AsyncDisposableStack().defer(anything(onDispose))).toThrow(TypeError)
    })
  })

  describe('move()', () => {
    it('hands the resources to a new stack and disposes of none', async () => {
      const stack = new AsyncDisposableStack()
      stack.use(resource('first'))
      const moved = stack.move()
      expect([stack.disposed, moved.disposed]).toEqual([true, false])
      await stack.disposeAsync()
      expect(disposed).toEqual([])
      moved.use(resource('second'))
      await moved.disposeAsync()
      expect(disposed).toEqual(['second begins', 'second ends', 'first begins', 'first ends'])
    })

    it('makes a stack of the base class, also of a subclass', () => {
      class Special extends AsyncDisposableStack {}
      expect(Object.getPrototypeOf(new Special().move())).toBe(AsyncDisposableStack.prototype)
    })
  })

  it('refuses everything but disposal once it is disposed, before it looks at arguments', async () => {
    const stack = new AsyncDisposableStack()
    await stack.disposeAsync()
    for (const value of [resource('late'), null, 1]) expect(() => stack.use(anything(value))).toThrow(ReferenceError)
    for (const onDispose of [nothing, null]) {
      expect(() => stack.adopt(1, anything(onDispose))).toThrow(ReferenceError)
      expect(() => stack.defer(anything(onDispose))).toThrow(ReferenceError)
    }
    expect(() => stack.move()).toThrow(ReferenceError)
  })

  const { prototype } = AsyncDisposableStack
  const methods = { use: 1, adopt: 2, defer: 1, move: 0, disposeAsync: 0 }
  const members = Object.keys(methods) as (keyof typeof methods)[]
  const strangers = () => [...primitives, {}, prototype, AsyncDisposableStack, new DisposableStack()]

  it.each(['use', 'adopt', 'defer', 'move'] as const)('%s() works on stacks alone', (member) => {
    const method = prototype[member] as (this: unknown, ...args: unknown[]) => unknown
    for (const stranger of strangers()) expect(() => method.call(stranger)).toThrow(TypeError)
  })

  it('disposeAsync() on anything else rejects, and never throws', async () => {
    for (const stranger of strangers()) {
      expect(await rejectionOf(prototype.disposeAsync.call(stranger as never))).toBeInstanceOf(TypeError)
    }
  })

  it.each(members)('%s() has the shape of a method of the language', (member) => {
    const method = prototype[member]
    expect([method.name, method.length]).toEqual([member, methods[member]])
    expect(attributesOf(method, 'name')).toBe('configurable')
    expect(attributesOf(method, 'length')).toBe('configurable')
    expect(attributesOf(prototype, member)).toBe('writable configurable')
    expect(isConstructor(method)).toBe(false)
  })

  it('has a getter disposed that works on stacks alone', () => {
    const getter = getterOf(prototype, 'disposed')
    expect([getter.name, getter.length]).toEqual(['get disposed', 0])
    expect(getter.call(new AsyncDisposableStack())).toBe(false)
    for (const stranger of strangers()) expect(() => getter.call(stranger)).toThrow(TypeError)
  })

  it('has one function for disposeAsync and Symbol.asyncDispose, and no synchronous one', () => {
    expect(prototype[Symbol.asyncDispose]).toBe(prototype.disposeAsync)
    expect(attributesOf(prototype, Symbol.asyncDispose)).toBe('writable configurable')
    expect(attributesOf(prototype, Symbol.dispose)).toBe('missing')
  })

  it('has the shape of a class of the language', () => {
    expect([AsyncDisposableStack.name, AsyncDisposableStack.length]).toEqual(['AsyncDisposableStack', 0])
    expect(Object.getPrototypeOf(AsyncDisposableStack)).toBe(Function.prototype)
    expect(Object.getPrototypeOf(prototype)).toBe(Object.prototype)
    expect(attributesOf(AsyncDisposableStack, 'prototype')).toBe('')
    expect(attributesOf(prototype, 'constructor')).toBe('writable configurable')
    expect(prototype[Symbol.toStringTag]).toBe('AsyncDisposableStack')
    expect(attributesOf(prototype, Symbol.toStringTag)).toBe('configurable')
    expect(Reflect.ownKeys(new AsyncDisposableStack())).toEqual([])
    expect(() => (AsyncDisposableStack as unknown as () => void)()).toThrow(TypeError)
  })

  it('has its own prototype where that of newTarget is no object', () => {
    const newTarget = function newTarget() {}.bind(null) as unknown as { prototype: unknown }
    newTarget.prototype = 1
    expect(Object.getPrototypeOf(Reflect.construct(AsyncDisposableStack, [], newTarget as never))).toBe(prototype)
  })
})
