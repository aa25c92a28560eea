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

function resource(name: string): Disposable {
  return {
    [Symbol.dispose]() {
      disposed.push(name)
    },
  }
}

function throwing(error: unknown): () => never {
  return () => {
    throw error
  }
}

function thrownBy(body: () => unknown): unknown {
  try {
    body()
  } catch (error) {
    return error
  }
  throw new Error('nothing was thrown')
}

describe('DisposableStack', () => {
  it('is the class of the platform where there is one', () => {
    expect((globalThis as { DisposableStack?: unknown }).DisposableStack ?? DisposableStack).toBe(DisposableStack)
  })

  it('disposes of everything in reverse order', () => {
    const stack = new DisposableStack()
    stack.use(resource('used'))
    stack.adopt('adopted', (value) => disposed.push(value))
    stack.defer(() => disposed.push('deferred'))
    stack.use(resource('used last'))
    expect(disposed).toEqual([])
    expect(stack.dispose()).toBeUndefined()
    expect(disposed).toEqual(['used last', 'deferred', 'adopted', 'used'])
  })

  it('disposes once, and does nothing the second time', () => {
    const stack = new DisposableStack()
    stack.use(resource('used'))
    stack.dispose()
    expect(stack.dispose()).toBeUndefined()
    expect(disposed).toEqual(['used'])
  })

  it('works with using', () => {
    {
      using stack = new DisposableStack()
      stack.use(resource('used'))
    }
    expect(disposed).toEqual(['used'])
  })

  it('says whether it was disposed', () => {
    const stack = new DisposableStack()
    expect(stack.disposed).toBe(false)
    stack.dispose()
    expect(stack.disposed).toBe(true)
    expect(Object.hasOwn(stack, 'disposed')).toBe(false)
  })

  it('is disposed before the first disposer runs', () => {
    const stack = new DisposableStack()
    const seen: unknown[] = []
    stack.use(resource('used'))
    stack.defer(() => {
      seen.push(stack.disposed)
      stack.dispose()
      seen.push(thrownBy(() => stack.defer(nothing)))
    })
    stack.dispose()
    expect(seen).toEqual([true, expect.any(ReferenceError)])
    expect(disposed).toEqual(['used'])
  })

  it('is disposed when disposers throw', () => {
    const stack = new DisposableStack()
    stack.use(resource('used'))
    stack.defer(throwing('error'))
    expect(thrownBy(() => stack.dispose())).toBe('error')
    expect(stack.disposed).toBe(true)
    expect(disposed).toEqual(['used'])
    expect(stack.dispose()).toBeUndefined()
  })

  it.each([[new Error('only')], ['a string'], [undefined], [null]])('throws a single error as it is: %s', (error) => {
    const stack = new DisposableStack()
    stack.defer(nothing)
    stack.defer(throwing(error))
    stack.defer(nothing)
    expect(thrownBy(() => stack.dispose())).toBe(error)
  })

  it('keeps every error, the latest outermost', () => {
    const stack = new DisposableStack()
    for (const error of [1, undefined, 3]) stack.defer(throwing(error))
    const outer = thrownBy(() => stack.dispose()) as SuppressedError
    expect(outer).toBeInstanceOf(SuppressedError)
    expect(outer.error).toBe(1)
    expect(outer.suppressed).toBeInstanceOf(SuppressedError)
    expect(outer.suppressed).toMatchObject({ error: undefined, suppressed: 3 })
  })

  describe('use()', () => {
    it('returns what it was given', () => {
      const stack = new DisposableStack()
      const used = resource('used')
      const callable = Object.assign(nothing.bind(null), resource('function'))
      expect(stack.use(used)).toBe(used)
      expect(stack.use(callable)).toBe(callable)
      expect(stack.use(null)).toBe(null)
      expect(stack.use(undefined)).toBe(undefined)
      stack.dispose()
      expect(disposed).toEqual(['function', 'used'])
    })

    it('reads the method once, at once, and calls it with the resource as this', () => {
      const stack = new DisposableStack()
      let reads = 0
      const receivers: unknown[] = []
      const used = {
        get [Symbol.dispose]() {
          reads++
          return function (this: unknown, ...args: unknown[]) {
            receivers.push(this, ...args)
          }
        },
      }
      stack.use(used)
      expect(reads).toBe(1)
      Object.defineProperty(used, Symbol.dispose, { value: nothing })
      stack.dispose()
      expect(reads).toBe(1)
      expect(receivers).toEqual([used])
    })

    it.each([...primitives.slice(2), {}, nothing, { [Symbol.asyncDispose]: nothing }])('refuses %s', (value) => {
      const stack = new DisposableStack()
      expect(() => stack.use(anything(value))).toThrow(TypeError)
      expect(stack.disposed).toBe(false)
    })

    it.each([...primitives, {}])('refuses %s in place of a method', (method) => {
      expect(() => new DisposableStack().use(anything({ [Symbol.dispose]: method }))).toThrow(TypeError)
    })

    it('throws what reading the method throws', () => {
      const used = {
        get [Symbol.dispose](): never {
          throw 'unreadable'
        },
      }
      expect(thrownBy(() => new DisposableStack().use(used))).toBe('unreadable')
    })
  })

  describe('adopt()', () => {
    it.each([...primitives, {}, nothing])('takes %s, returns it and hands it to the function alone', (value) => {
      const stack = new DisposableStack()
      const calls: unknown[] = []
      const adopted = stack.adopt(value, function (this: unknown, ...args) {
        calls.push(this, args)
      })
      expect(adopted).toBe(value)
      stack.dispose()
      expect(calls).toEqual([undefined, [value]])
    })

    it.each([...primitives, {}])('refuses %s in place of a function', (onDispose) => {
      expect(() => new DisposableStack().adopt(1, anything(onDispose))).toThrow(TypeError)
    })
  })

  describe('defer()', () => {
    it('returns nothing, and calls the function with nothing', () => {
      const stack = new DisposableStack()
      const calls: unknown[] = []
      const result = stack.defer(function (this: unknown, ...args: unknown[]) {
        calls.push(this, args)
      })
      expect(result).toBeUndefined()
      stack.dispose()
      expect(calls).toEqual([undefined, []])
    })

    it.each([...primitives, {}])('refuses %s in place of a function', (onDispose) => {
      expect(() => new DisposableStack().defer(anything(onDispose))).toThrow(TypeError)
    })
  })

  describe('move()', () => {
    it('hands the resources to a new stack and disposes of none', () => {
      const stack = new DisposableStack()
      stack.use(resource('first'))
      stack.use(resource('second'))
      const moved = stack.move()
      expect(moved).not.toBe(stack)
      expect([stack.disposed, moved.disposed]).toEqual([true, false])
      stack.dispose()
      expect(disposed).toEqual([])
      moved.use(resource('third'))
      moved.dispose()
      expect(disposed).toEqual(['third', 'second', 'first'])
    })

    it('makes a stack of the base class, also of a subclass', () => {
      class Special extends DisposableStack {
        constructor() {
          super()
          this.defer(() => disposed.push('special'))
        }
      }
      const moved = new Special().move()
      expect(Object.getPrototypeOf(moved)).toBe(DisposableStack.prototype)
      moved.dispose()
      expect(disposed).toEqual(['special'])
    })
  })

  it('refuses everything but disposal once it is disposed, before it looks at arguments', () => {
    const stack = new DisposableStack()
    stack.dispose()
    for (const value of [resource('late'), null, 1]) expect(() => stack.use(anything(value))).toThrow(ReferenceError)
    for (const onDispose of [nothing, null]) {
      expect(() => stack.adopt(1, anything(onDispose))).toThrow(ReferenceError)
      expect(() => stack.defer(anything(onDispose))).toThrow(ReferenceError)
    }
    expect(() => stack.move()).toThrow(ReferenceError)
    const moved = new DisposableStack()
    moved.move()
    expect(() => moved.move()).toThrow(ReferenceError)
  })

  const { prototype } = DisposableStack
  const methods = { use: 1, adopt: 2, defer: 1, move: 0, dispose: 0 }
  const members = Object.keys(methods) as (keyof typeof methods)[]

  it.each(members)('%s() works on stacks alone', (member) => {
    const method = prototype[member] as (this: unknown, ...args: unknown[]) => unknown
    const disposedStack = new DisposableStack()
    disposedStack.dispose()
    const strangers = [...primitives, {}, prototype, DisposableStack, new AsyncDisposableStack()]
    for (const stranger of [...strangers, Object.create(disposedStack)]) {
      expect(() => method.call(stranger)).toThrow(TypeError)
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
    expect(Object.getOwnPropertyDescriptor(prototype, 'disposed')).toMatchObject({
      set: undefined,
      enumerable: false,
      configurable: true,
    })
    expect(getter.call(new DisposableStack())).toBe(false)
    for (const stranger of [...primitives, {}, prototype, new AsyncDisposableStack()]) {
      expect(() => getter.call(stranger)).toThrow(TypeError)
    }
  })

  it('has one function for dispose and Symbol.dispose', () => {
    expect(prototype[Symbol.dispose]).toBe(prototype.dispose)
    expect(attributesOf(prototype, Symbol.dispose)).toBe('writable configurable')
  })

  it('has the shape of a class of the language', () => {
    expect([DisposableStack.name, DisposableStack.length]).toEqual(['DisposableStack', 0])
    expect(Object.getPrototypeOf(DisposableStack)).toBe(Function.prototype)
    expect(Object.getPrototypeOf(prototype)).toBe(Object.prototype)
    expect(attributesOf(DisposableStack, 'prototype')).toBe('')
    expect(attributesOf(prototype, 'constructor')).toBe('writable configurable')
    expect(prototype[Symbol.toStringTag]).toBe('DisposableStack')
    expect(attributesOf(prototype, Symbol.toStringTag)).toBe('configurable')
    expect(String(new DisposableStack())).toBe('[object DisposableStack]')
    expect(Reflect.ownKeys(new DisposableStack())).toEqual([])
    expect(() => (DisposableStack as unknown as () => void)()).toThrow(TypeError)
  })

  it('follows the prototype of newTarget, and has its own where that is no object', () => {
    const newTarget = function newTarget() {}.bind(null) as unknown as { prototype: unknown }
    newTarget.prototype = Array.prototype
    const odd = Reflect.construct(DisposableStack, [], newTarget as never)
    expect(Object.getPrototypeOf(odd)).toBe(Array.prototype)
    prototype.defer.call(odd, () => disposed.push('odd'))
    prototype.dispose.call(odd)
    expect(disposed).toEqual(['odd'])
    newTarget.prototype = null
    expect(Object.getPrototypeOf(Reflect.construct(DisposableStack, [], newTarget as never))).toBe(prototype)
  })
})
