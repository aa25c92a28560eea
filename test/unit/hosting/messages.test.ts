import { setTimeout } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { createToken, ServiceCollection } from '../../../lib/hosting/index.js'
import { tracking } from '../../../lib/tracking/index.js'
import { deferred, Journal, rejectionOf, Tracked, thrownBy } from './fixtures.js'

// What errors say of services that have no name, or of too many.

const Db = createToken<object>('Db')

afterEach(() => {
  tracking.level = 'off'
})

describe('errors of services', () => {
  it('name a class that has no name', () => {
    const error = thrownBy(() => new ServiceCollection().build().get(class {})) as Error
    expect(error.message).toContain('an anonymous class')
  })

  it('say of a class without inject how many parameters it has', () => {
    class One {
      readonly all: unknown[]
      constructor(first: unknown) {
        this.all = [first]
      }
    }
    class Two {
      readonly all: unknown[]
      constructor(first: unknown, second: unknown) {
        this.all = [first, second]
      }
    }
    const refusalOf = (type: new (...args: never[]) => object) =>
      (thrownBy(() => new ServiceCollection().addSingleton(type as never)) as Error).message
    expect([refusalOf(One), refusalOf(Two)]).toEqual([
      expect.stringMatching(/One has 1 parameter,/),
      expect.stringMatching(/Two has 2 parameters,/),
    ])
  })

  it('say that one without a class cannot be disposed of synchronously, and leave it to disposeAsync()', async () => {
    let disposed = 0
    const make = () =>
      Object.assign(Object.create(null), {
        async [Symbol.asyncDispose]() {
          disposed++
        },
      }) as AsyncDisposable
    const provider = new ServiceCollection().addSingleton(Db, make).build()
    provider.get(Db)
    expect(thrownBy(() => provider.dispose())).toMatchObject({ message: expect.stringContaining('a service has') })
    await provider.disposeAsync()
    expect(disposed).toBe(1)
  })

  it('name ten promises that a scope waits for, and say how many more there are', async () => {
    const scope = new ServiceCollection().build().createScope()
    const gate = deferred()
    for (let index = 0; index < 12; index++) scope.track(gate.promise, `work ${index}`)
    const { message } = thrownBy(() => scope.dispose()) as Error
    gate.resolve()
    expect(message).toMatch(/work 0, .*work 9 and 2 more/)
    await gate.promise
    scope.dispose()
  })

  it('say where a promise was given to a scope, with full tracking', async () => {
    tracking.level = 'full'
    const scope = new ServiceCollection().build().createScope()
    const gate = deferred()
    scope.track(gate.promise, 'export')
    const { message } = thrownBy(() => scope.dispose()) as Error
    gate.resolve()
    expect(message).toMatch(/export \(tracked at .*messages\.test\.ts:\d+/)
    await gate.promise
    scope.dispose()
  })
})

describe('a scope', () => {
  it('waits once for what merely looks like a promise, and settles twice', async () => {
    const scope = new ServiceCollection().build().createAsyncScope()
    const other = deferred()
    const twice = {
      // biome-ignore lint/suspicious/noThenProperty: that is what it is here for
      then(settled: () => void) {
        settled()
        settled()
      },
    }
    scope.track(other.promise, 'other')
    scope.track(twice as never, 'twice')
    let isDisposed = false
    const disposal = scope.disposeAsync().then(() => {
      isDisposed = true
    })
    await setTimeout(5)
    expect(isDisposed).toBe(false)
    other.resolve()
    await disposal
  })

  it.each([
    ['is refused, and disposed of', () => new Tracked('late', log), ['late']],
    ['is refused, when there is nothing to dispose of', () => ({}), []],
  ])('that is gone: a service that comes later %s', async (_, make, disposed) => {
    const gate = deferred()
    const provider = new ServiceCollection()
      .addScoped(Db, async () => {
        await gate.promise
        return make()
      })
      .build()
    const scope = provider.createAsyncScope()
    const asked = rejectionOf(scope.getAsync(Db))
    await scope.disposeAsync()
    gate.resolve()
    expect(await asked).toMatchObject({ code: 'ERR_HOLDFAST_DISPOSED' })
    expect(log.disposed.splice(0)).toEqual(disposed)
  })
})

const log = new Journal()
