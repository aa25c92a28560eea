import { describe, expect, it } from 'vitest'
import { all, createToken, type Lazy, lazy, ServiceCollection } from '../../../lib/hosting/index.js'
import { liveHandles } from '../../../lib/statistics.js'
import { AsyncTracked, type Deferred, deferred, Journal, rejectionOf, Tracked, thrownBy } from './fixtures.js'

const Db = createToken<Tracked>('Db')

/** A service whose factory waits for a gate, one for each call. */
function gated(lifetime: 'singleton' | 'scoped' | 'transient', log: Journal) {
  const gates: Deferred<void>[] = []
  const factory = async () => {
    const gate = deferred()
    gates.push(gate)
    await gate.promise
    return new Tracked(`db ${gates.length}`, log)
  }
  const services = new ServiceCollection()
  if (lifetime === 'singleton') services.addSingleton(Db, factory)
  else if (lifetime === 'scoped') services.addScoped(Db, factory)
  else services.addTransient(Db, factory)
  return { provider: services.build(), gates }
}

describe('asynchronous factories', () => {
  it.each(['singleton', 'scoped'] as const)('make a %s service once, for all who ask meanwhile', async (lifetime) => {
    const log = new Journal()
    const { provider, gates } = gated(lifetime, log)
    const scope = provider.createScope()
    const asked = [scope.getAsync(Db), scope.getAsync(Db), scope.services.getAllAsync(Db).then(([db]) => db)]
    expect(gates.length).toBe(1)
    gates[0]?.resolve()
    const [first, second, third] = await Promise.all(asked)
    expect([second, third]).toEqual([first, first])
    expect(scope.get(Db)).toBe(first)
    scope.dispose()
    provider.dispose()
    expect(log.disposed).toEqual(['db 1'])
  })

  it('make one for each scope, and transients for each request', async () => {
    const log = new Journal()
    const { provider, gates } = gated('transient', log)
    const scope = provider.createScope()
    const asked = [scope.getAsync(Db), scope.getAsync(Db)]
    for (const gate of gates) gate.resolve()
    const [first, second] = await Promise.all(asked)
    expect(first).not.toBe(second)
    scope.dispose()
    provider.dispose()
    expect(log.disposed.length).toBe(2)
  })

  it('are awaited for classes that need such a service, one after the other', async () => {
    const log = new Journal()
    const Cache = createToken<Tracked>('Cache')
    class Store extends Tracked {
      static readonly inject = [Db, Cache] as const

      constructor(_db: Tracked, _cache: Tracked) {
        super('store', log)
      }
    }
    const provider = new ServiceCollection()
      .addSingleton(Db, async () => new Tracked('db', log))
      .addScoped(Cache, async (sp) => {
        await sp.getAsync(Db)
        return new Tracked('cache', log)
      })
      .addScoped(Store)
      .build()
    const scope = provider.createAsyncScope()
    await scope.getAsync(Store)
    expect(log.made).toEqual(['db', 'cache', 'store'])
    await scope.disposeAsync()
    await provider.disposeAsync()
    expect(log.disposed).toEqual(['store', 'cache', 'db'])
  })

  it('are awaited for all services of a token, one after the other, and for none that is taken lazily', async () => {
    const log = new Journal()
    const Other = createToken<Tracked>('Other')
    class Store {
      static readonly inject = [all(Db), lazy(Other)] as const

      readonly dbs: readonly Tracked[]
      readonly other: Lazy<Tracked>

      constructor(dbs: readonly Tracked[], other: Lazy<Tracked>) {
        this.dbs = dbs
        this.other = other
      }
    }
    using provider = new ServiceCollection()
      .addSingleton(Db, async () => new Tracked('first', log))
      .addSingleton(Db, async () => new Tracked('second', log))
      .addSingleton(Other, () => new Tracked('other', log))
      .addSingleton(Store)
      .build()
    const store = await provider.getAsync(Store)
    expect([store.dbs.map(({ name }) => name), log.made]).toEqual([
      ['first', 'second'],
      ['first', 'second'],
    ])
    expect(store.other().name).toBe('other')
  })

  it('reject where nothing is registered, with what was asked for', async () => {
    using provider = new ServiceCollection()
      .addKeyedSingleton(Db, 'key', async () => new Tracked('db', new Journal()))
      .build()
    expect((await provider.getKeyedAsync(Db, 'key')).name).toBe('db')
    const errors = [await rejectionOf(provider.getAsync(Db)), await rejectionOf(provider.getKeyedAsync(Db, 'other'))]
    expect(errors.map(({ code, path }) => [code, path])).toEqual([
      ['ERR_HOLDFAST_SERVICE', ['Db']],
      ['ERR_HOLDFAST_SERVICE', ['Db[other]']],
    ])
  })

  it('may return what is there at once', async () => {
    const Either = createToken<number>('Either')
    using provider = new ServiceCollection().addSingleton(Either, () => 1).build()
    expect(await provider.getAsync(Either)).toBe(1)
  })

  it('that reject are asked again, with the cause kept', async () => {
    const cause = new Error('down')
    let isUp = false
    using provider = new ServiceCollection()
      .addSingleton(Db, async () => {
        await undefined
        if (!isUp) throw cause
        return new Tracked('db', new Journal())
      })
      .build()
    const errors = await Promise.all([rejectionOf(provider.getAsync(Db)), rejectionOf(provider.getAsync(Db))])
    expect(errors.map((error) => [error.code, error.path, error.cause])).toEqual([
      ['ERR_HOLDFAST_SERVICE', ['Db'], cause],
      ['ERR_HOLDFAST_SERVICE', ['Db'], cause],
    ])
    isUp = true
    expect((await provider.getAsync(Db)).name).toBe('db')
  })
})

describe('a synchronous request for an asynchronous service', () => {
  it('is refused; what was begun goes to whoever asks with getAsync', async () => {
    const log = new Journal()
    const { provider, gates } = gated('singleton', log)
    const error = thrownBy(() => provider.get(Db))
    expect([error.code, error.path]).toEqual(['ERR_HOLDFAST_SERVICE', ['Db']])
    expect(thrownBy(() => provider.get(Db)).code).toBe('ERR_HOLDFAST_SERVICE')
    const asked = provider.getAsync(Db)
    gates[0]?.resolve()
    expect(await asked).toBe(provider.get(Db))
    expect(gates.length).toBe(1)
    provider.dispose()
    expect(log.disposed).toEqual(['db 1'])
  })

  it('for a transient one leaves nothing behind', async () => {
    const disposed = deferred()
    const provider = new ServiceCollection()
      .addTransient(Db, async () => ({ [Symbol.dispose]: () => disposed.resolve() }) as never)
      .build()
    const scope = provider.createScope()
    expect(thrownBy(() => scope.get(Db)).code).toBe('ERR_HOLDFAST_SERVICE')
    await disposed.promise
    provider.dispose()
  })

  it('lets go of what needs no disposal', async () => {
    const gate = deferred<object>()
    const provider = new ServiceCollection().addTransient(Db, () => gate.promise as never).build()
    const scope = provider.createScope()
    expect(thrownBy(() => scope.get(Db)).code).toBe('ERR_HOLDFAST_SERVICE')
    gate.resolve({})
    await gate.promise
    provider.dispose()
    expect(liveHandles('ServiceScope')).toBe(0)
  })

  it('that fails in the end is nobody’s unhandled rejection', async () => {
    const gate = deferred()
    using provider = new ServiceCollection()
      .addSingleton(Db, async () => {
        await gate.promise
        throw new Error('down')
      })
      .build()
    thrownBy(() => provider.get(Db))
    gate.resolve()
    expect((await rejectionOf(provider.getAsync(Db))).code).toBe('ERR_HOLDFAST_SERVICE')
  })
})

describe('a scope that is disposed of while a service is being made', () => {
  it.each(['scoped', 'transient'] as const)(
    'releases the %s service when it comes, and tells who waits',
    async (kind) => {
      const log = new Journal()
      const { provider, gates } = gated(kind, log)
      const scope = provider.createScope()
      const asked = rejectionOf(scope.getAsync(Db))
      await scope.disposeAsync()
      expect(log.made).toEqual([])
      gates[0]?.resolve()
      expect((await asked).code).toBe('ERR_HOLDFAST_DISPOSED')
      expect(log.disposed).toEqual(['db 1'])
      provider.dispose()
      expect(liveHandles('ServiceScope')).toBe(0)
    },
  )

  it('releases an async-only one before it tells', async () => {
    const log = new Journal()
    const gate = deferred()
    const release = deferred()
    const Slow = createToken<AsyncTracked>('Slow')
    using provider = new ServiceCollection()
      .addScoped(Slow, async () => {
        await gate.promise
        return new AsyncTracked('slow', log, release.promise)
      })
      .build()
    const scope = provider.createScope()
    const asked = rejectionOf(scope.getAsync(Slow)).then((error) => {
      expect(log.disposed).toEqual(['slow'])
      return error
    })
    scope.dispose()
    gate.resolve()
    release.resolve()
    expect((await asked).code).toBe('ERR_HOLDFAST_DISPOSED')
  })

  it('refuses what the factory asks for from then on', async () => {
    const gate = deferred()
    const Part = createToken<number>('Part')
    using provider = new ServiceCollection()
      .addSingleton(Part, { instance: 1 })
      .addScoped(Db, async (sp) => {
        await gate.promise
        return sp.get(Part) as never
      })
      .build()
    const scope = provider.createScope()
    const asked = rejectionOf(scope.getAsync(Db))
    scope.dispose()
    gate.resolve()
    expect((await asked).code).toBe('ERR_HOLDFAST_DISPOSED')
  })
})
