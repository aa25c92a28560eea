import { describe, expect, it } from 'vitest'
import {
  all,
  createToken,
  keyed,
  lazy,
  ServiceCollection,
  type ServiceError,
  type ServiceFactory,
  type ServiceLifetime,
  ServiceProvider,
  type ServiceProviderOptions,
  ServiceScopeFactory,
  type Token,
} from '../../../lib/hosting/index.js'
import { rejectionOf, thrownBy } from './fixtures.js'

interface Plan {
  readonly [name: string]: readonly [ServiceLifetime, ...unknown[]]
}

const token = (() => {
  const tokens = new Map<string, Token<any>>()
  return (name: string): Token<any> => {
    const known = tokens.get(name) ?? createToken(name)
    tokens.set(name, known)
    return known
  }
})()

/** Classes by their names, with their lifetimes and what they need. */
function planned(plan: Plan): ServiceCollection {
  const services = new ServiceCollection()
  for (const [name, [lifetime, ...needs]] of Object.entries(plan)) {
    const type = class {}
    Object.assign(type, { inject: needs.map((need) => (typeof need === 'string' ? token(need) : need)) })
    add(services, lifetime, token(name), type as never)
  }
  return services
}

function add(services: ServiceCollection, lifetime: ServiceLifetime, key: Token<any>, made: ServiceFactory<any>) {
  if (lifetime === 'singleton') services.addSingleton(key, made)
  else if (lifetime === 'scoped') services.addScoped(key, made)
  else services.addTransient(key, made)
}

function faults(services: ServiceCollection, options?: ServiceProviderOptions): string[] {
  const error: AggregateError = thrownBy(() => services.build(options))
  expect(error).toBeInstanceOf(AggregateError)
  for (const one of error.errors as ServiceError[]) {
    expect(one.code).toBe('ERR_HOLDFAST_SERVICE')
    expect(one.message).toContain(one.path.join(' -> '))
  }
  return error.errors.map((one: ServiceError) => one.path.join(' '))
}

describe('validation at build', () => {
  it('finds what is missing, for each service that cannot be made without it, with the whole path', () => {
    const services = planned({ a: ['scoped', 'b'], b: ['transient', 'c', 'd'], c: ['singleton'], e: ['transient'] })
    expect(faults(services)).toEqual(['a b d', 'b d'])
  })

  it('finds what is missing behind keyed and lazy ones', () => {
    const services = planned({
      a: ['scoped', keyed(token('b'), 'key')],
      b: ['scoped'],
      c: ['scoped', lazy(token('d'))],
    })
    expect(faults(services)).toEqual(['a b[key]', 'c d'])
  })

  it('finds scoped services that singletons would hold captive, also by way of transients', () => {
    const services = planned({
      direct: ['singleton', 'scoped'],
      far: ['singleton', 'near'],
      near: ['transient', 'nearer'],
      nearer: ['transient', 'scoped'],
      scoped: ['scoped'],
      user: ['scoped', 'far'],
    })
    expect(faults(services)).toEqual(['direct scoped', 'far near nearer scoped', 'user far near nearer scoped'])
  })

  it('finds captives behind all() and lazy()', () => {
    const services = planned({
      plugin: ['scoped'],
      all: ['singleton', all(token('plugin'))],
      lazy: ['singleton', lazy(token('plugin'))],
    })
    expect(faults(services)).toEqual(['all plugin', 'lazy plugin'])
  })

  it('finds circles, from each service on them', () => {
    const services = planned({
      self: ['transient', 'self'],
      a: ['scoped', 'b'],
      b: ['transient', 'c'],
      c: ['scoped', 'a'],
      user: ['scoped', 'b'],
    })
    expect(faults(services)).toEqual(['self self', 'a b c a', 'b c a b', 'c a b c', 'user b c a b'])
  })

  it('allows circles that are closed by lazy()', () => {
    const services = planned({ a: ['scoped', 'b'], b: ['scoped', lazy(token('a'))] })
    using provider = services.build()
    using scope = provider.createScope()
    expect(scope.get(token('a'))).toBeDefined()
  })

  it('looks at every registration, not at the last one of a token only', () => {
    const services = planned({ a: ['scoped', 'missing'] }).addScoped(token('a'), () => 1)
    expect(faults(services)).toEqual(['a missing'])
  })

  it('lets a singleton have the provider and the scope factory', () => {
    using provider = planned({ a: ['singleton', ServiceProvider, ServiceScopeFactory] }).build()
    expect(provider.get(token('a'))).toBeDefined()
  })

  it('shows the first ten in its message, and how many there are', () => {
    const plan = Object.fromEntries(
      Array.from({ length: 12 }, (_, index) => [`s${index}`, ['scoped', 'none'] as const]),
    )
    const { message, errors } = thrownBy(() => planned(plan).build())
    expect([message.split('\n').length, errors.length]).toEqual([12, 12])
    expect(message).toMatch(/… and 2 more$/)
  })
})

describe('without validation at build', () => {
  const options = { validateOnBuild: false }

  it('the same is found when it is resolved, before anything is made', () => {
    let made = 0
    const services = planned({ a: ['scoped', 'b', 'c'], c: ['scoped', 'missing'], d: ['scoped', 'd'] })
    services.addScoped(token('b'), () => ++made)
    using provider = services.build(options)
    using scope = provider.createScope()
    expect(thrownBy(() => scope.get(token('a'))).path).toEqual(['a', 'c', 'missing'])
    expect(thrownBy(() => scope.get(token('d'))).path).toEqual(['d', 'd'])
    expect(made).toBe(0)
    expect(scope.get(token('b'))).toBe(1)
  })

  it('asynchronously, too', async () => {
    using provider = planned({ a: ['scoped', 'b'], b: ['transient', 'missing'] }).build(options)
    using scope = provider.createScope()
    expect((await rejectionOf(scope.getAsync(token('a')))).path).toEqual(['a', 'b', 'missing'])
  })

  it('captives are refused as well', () => {
    using provider = planned({ a: ['singleton', 'b'], b: ['scoped'] }).build(options)
    expect(thrownBy(() => provider.get(token('a'))).path).toEqual(['a', 'b'])
  })
})

describe('scopes at run time', () => {
  it('a scoped service is not had from the root, nor what needs one', () => {
    using provider = planned({ a: ['transient', 'b'], b: ['transient', 'c'], c: ['scoped'] }).build()
    expect(thrownBy(() => provider.get(token('c'))).path).toEqual(['c'])
    expect(thrownBy(() => provider.get(token('a'))).path).toEqual(['a', 'b', 'c'])
    expect(thrownBy(() => provider.getAll(token('c'))).code).toBe('ERR_HOLDFAST_SERVICE')
    using scope = provider.createScope()
    expect(scope.get(token('a'))).toBeDefined()
  })

  it('a singleton’s factory that asks for one is told the whole path, also in what it asks for', async () => {
    const services = planned({ b: ['transient', 'c'], c: ['scoped'] })
      .addSingleton(token('a'), (sp) => sp.get(token('b')))
      .addSingleton(token('async'), async (sp) => await sp.getAsync(token('b')))
      .addScoped(token('user'), (sp) => sp.get(token('a')))
    using provider = services.build()
    using scope = provider.createScope()
    expect(thrownBy(() => scope.get(token('user'))).path).toEqual(['user', 'a', 'b', 'c'])
    expect((await rejectionOf(scope.getAsync(token('async')))).path).toEqual(['async', 'b', 'c'])
  })

  it('a lazy one that only turns out to be scoped when it is used', () => {
    const services = planned({ a: ['transient', lazy(token('b'))], b: ['scoped'] })
    using provider = services.build()
    expect(thrownBy(() => provider.get(token('a'))).path).toEqual(['a', 'b'])
  })

  it('validateScopes: false lets them live as long as the provider', () => {
    using provider = planned({ a: ['singleton', 'b'], b: ['scoped'] }).build({ validateScopes: false })
    expect(provider.get(token('b'))).toBe(provider.get(token('b')))
    expect(provider.get(token('a'))).toBeDefined()
    using scope = provider.createScope()
    expect(scope.get(token('b'))).not.toBe(provider.get(token('b')))
  })
})

describe('circles that only factories know', () => {
  it.each(['singleton', 'scoped', 'transient'] as const)('are found when %s services are resolved', (lifetime) => {
    const services = new ServiceCollection()
    add(services, lifetime, token('a'), (sp) => sp.get(token('b')))
    add(services, lifetime, token('b'), (sp) => sp.get(token('c')))
    add(services, lifetime, token('c'), (sp) => sp.get(token('a')))
    using provider = services.build()
    using scope = provider.createScope()
    expect(thrownBy(() => scope.get(token('a'))).path).toEqual(['a', 'b', 'c', 'a'])
    expect(thrownBy(() => scope.get(token('b'))).path).toEqual(['b', 'c', 'a', 'b'])
  })

  it.each(['singleton', 'scoped', 'transient'] as const)('are found when %s ones are awaited', async (lifetime) => {
    const services = new ServiceCollection()
    add(services, lifetime, token('a'), async (sp) => await sp.getAsync(token('b')))
    add(services, lifetime, token('b'), async (sp) => await sp.getAsync(token('a')))
    add(services, lifetime, token('c'), async (sp) => {
      await undefined
      return await sp.getAsync(token('d'))
    })
    add(services, lifetime, token('d'), async (sp) => {
      await undefined
      return await sp.getAsync(token('c'))
    })
    using provider = services.build()
    using scope = provider.createScope()
    expect((await rejectionOf(scope.getAsync(token('a')))).path).toEqual(['a', 'b', 'a'])
    expect((await rejectionOf(scope.getAsync(token('c')))).path).toEqual(['c', 'd', 'c'])
  })

  it('are found when two requests wait for each other', async () => {
    const services = new ServiceCollection()
    for (const [name, other] of [
      ['a', 'b'],
      ['b', 'a'],
    ] as const) {
      services.addSingleton(token(name), async (sp) => {
        await undefined
        return await sp.getAsync(token(other))
      })
    }
    using provider = services.build()
    const outcomes = await Promise.allSettled([provider.getAsync(token('a')), provider.getAsync(token('b'))])
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  })

  it('are found when a factory asks another provider than its own', () => {
    const provider: ServiceProvider & Disposable = new ServiceCollection()
      .addSingleton(token('a'), () => provider.get(token('b')))
      .addSingleton(token('b'), () => provider.get(token('a')))
      .build()
    expect(thrownBy(() => provider.get(token('a'))).code).toBe('ERR_HOLDFAST_SERVICE')
    provider[Symbol.dispose]()
  })

  it('are none when a transient is asked for again later, or in another scope', () => {
    let depth = 0
    const services = new ServiceCollection()
      .addTransient(token('later'), (sp) => () => sp.get(token('later')))
      .addScoped(token('nested'), (sp): number => {
        if (++depth === 3) return depth
        using inner = sp.createScope()
        return inner.get(token('nested'))
      })
    using provider = services.build()
    using scope = provider.createScope()
    expect(scope.get(token('later'))()).toBeTypeOf('function')
    expect(scope.get(token('nested'))).toBe(3)
  })
})

describe('what fails while it is made', () => {
  const cause = new Error('broken')

  it.each([
    ['a factory', () => fail()],
    [
      'a class',
      class Broken {
        constructor() {
          fail()
        }
      },
    ],
  ])('%s that throws: the cause and the path are kept, and nothing is cached', (_, made) => {
    const services = new ServiceCollection().addScoped(token('c'), made as never)
    services.addScoped(token('b'), (sp) => sp.get(token('c')))
    const User = Object.assign(class {}, { inject: [token('b')] })
    using provider = services.addTransient(token('a'), User as never).build()
    using scope = provider.createScope()
    for (let attempt = 0; attempt < 2; attempt++) {
      const error = thrownBy(() => scope.get(token('a')))
      expect([error.code, error.path, error.cause]).toEqual(['ERR_HOLDFAST_SERVICE', ['a', 'b', 'c'], cause])
    }
  })

  function fail(): never {
    throw cause
  }

  it('a factory that returns undefined, synchronously or not', async () => {
    let made: unknown
    using provider = new ServiceCollection()
      .addSingleton(token('a'), () => made)
      .addSingleton(token('b'), async () => made)
      .build()
    expect(thrownBy(() => provider.get(token('a'))).path).toEqual(['a'])
    expect((await rejectionOf(provider.getAsync(token('b')))).path).toEqual(['b'])
    made = 'something'
    expect(provider.get(token('a'))).toBe('something')
    expect(await provider.getAsync(token('b'))).toBe('something')
  })

  it('something that is no error, and cannot even be described', () => {
    using provider = new ServiceCollection()
      .addSingleton(token('a'), () => {
        throw Object.create(null)
      })
      .build()
    expect(thrownBy(() => provider.get(token('a'))).code).toBe('ERR_HOLDFAST_SERVICE')
  })

  it('a request of a factory for something unknown has the whole path', () => {
    using provider = new ServiceCollection()
      .addSingleton(token('a'), (sp) => sp.get(token('b')))
      .addSingleton(token('b'), (sp) => sp.get(token('unknown')))
      .build()
    expect(thrownBy(() => provider.get(token('a'))).path).toEqual(['a', 'b', 'unknown'])
  })
})
