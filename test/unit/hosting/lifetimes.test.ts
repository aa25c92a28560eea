import { describe, expect, it } from 'vitest'
import {
  all,
  createToken,
  keyed,
  type Lazy,
  lazy,
  ServiceCollection,
  ServiceProvider,
  ServiceScopeFactory,
} from '../../../lib/hosting/index.js'
import { thrownBy } from './fixtures.js'

class Config {}
class Session {
  static readonly inject = [Config] as const
  readonly config: Config

  constructor(config: Config) {
    this.config = config
  }
}
class Handler {
  static readonly inject = [Session, Config] as const
  readonly session: Session
  readonly config: Config

  constructor(session: Session, config: Config) {
    this.session = session
    this.config = config
  }
}

function build() {
  return new ServiceCollection().addSingleton(Config).addScoped(Session).addTransient(Handler).build()
}

describe('lifetimes', () => {
  it('gives one singleton to everybody', () => {
    using provider = build()
    using scope = provider.createScope()
    expect(scope.get(Config)).toBe(provider.get(Config))
    expect(scope.get(Handler).config).toBe(provider.get(Config))
  })

  it('gives one scoped service to each scope', () => {
    using provider = build()
    using one = provider.createScope()
    using other = provider.createScope()
    expect(one.get(Session)).toBe(one.get(Session))
    expect(one.get(Handler).session).toBe(one.get(Session))
    expect(one.get(Session)).not.toBe(other.get(Session))
  })

  it('makes a transient each time', () => {
    using provider = build()
    using scope = provider.createScope()
    expect(scope.get(Handler)).not.toBe(scope.get(Handler))
    expect(scope.get(Handler)).toBeInstanceOf(Handler)
  })

  it('knows no order among scopes: one that was opened in another outlives it', () => {
    using provider = build()
    const outer = provider.createScope()
    using inner = outer.services.createScope()
    outer.dispose()
    expect(inner.get(Session)).toBeInstanceOf(Session)
  })

  it('keeps what was registered when it was built', () => {
    const services = new ServiceCollection().addSingleton(Config)
    using provider = services.build()
    services.remove(Config)
    expect(provider.get(Config)).toBeInstanceOf(Config)
    expect(thrownBy(() => services.build().get(Config)).code).toBe('ERR_HOLDFAST_SERVICE')
  })

  it('gives the last registration to get, and all of them in order to getAll', () => {
    const Plugin = createToken<string>('Plugin')
    using provider = new ServiceCollection()
      .addSingleton(Plugin, { instance: 'first' })
      .addTransient(Plugin, () => 'second')
      .addSingleton(Plugin, () => 'third')
      .build()
    expect(provider.get(Plugin)).toBe('third')
    expect(provider.getAll(Plugin)).toEqual(['first', 'second', 'third'])
    expect(provider.getAll(Config)).toEqual([])
  })

  it('gives undefined for an unknown token to tryGet, and only to that', () => {
    using provider = new ServiceCollection().addSingleton(Config).build()
    expect(provider.tryGet(Config)).toBeInstanceOf(Config)
    expect(provider.tryGet(Session)).toBeUndefined()
    expect(provider.tryGetKeyed(Config, 'key')).toBeUndefined()
    const error = thrownBy(() => provider.get(Session))
    expect([error.code, error.path]).toEqual(['ERR_HOLDFAST_SERVICE', ['Session']])
  })

  it('resolves falsy services as well as any others', () => {
    const Zero = createToken<number>('Zero')
    const Nothing = createToken<null>('Nothing')
    let calls = 0
    using provider = new ServiceCollection()
      .addSingleton(Zero, () => calls++)
      .addSingleton(Nothing, () => null)
      .build()
    expect([provider.get(Zero), provider.get(Zero), provider.get(Nothing), calls]).toEqual([0, 0, null, 1])
  })
})

describe('what inject can ask for', () => {
  const Part = createToken<string>('Part')

  class Whole {
    static readonly inject = [all(Part), keyed(Part, 'spare'), lazy(Session), lazy(keyed(Part, 'spare'))] as const
    readonly parts: readonly string[]
    readonly spare: string
    readonly session: Lazy<Session>
    readonly lazySpare: Lazy<string>

    constructor(parts: readonly string[], spare: string, session: Lazy<Session>, lazySpare: Lazy<string>) {
      this.parts = parts
      this.spare = spare
      this.session = session
      this.lazySpare = lazySpare
    }
  }

  it('all of a token, a keyed one, and a lazy one, which is resolved once and at first use', () => {
    let sessions = 0
    using provider = new ServiceCollection()
      .addSingleton(Part, { instance: 'wheel' })
      .addSingleton(Part, { instance: 'frame' })
      .addKeyedSingleton(Part, 'spare', { instance: 'tube' })
      .addSingleton(Config)
      .addTransient(Session, (services) => {
        sessions++
        return new Session(services.get(Config))
      })
      .addScoped(Whole)
      .build()
    using scope = provider.createScope()
    const whole = scope.get(Whole)
    expect([whole.parts, whole.spare, whole.lazySpare.value, sessions]).toEqual([['wheel', 'frame'], 'tube', 'tube', 0])
    expect(whole.session()).toBe(whole.session.value)
    expect(sessions).toBe(1)
  })

  it('the provider of the scope that the service lives in, which cannot be disposed of', () => {
    class Locator {
      static readonly inject = [ServiceProvider, ServiceScopeFactory] as const
      readonly services: ServiceProvider
      readonly scopes: ServiceScopeFactory

      constructor(services: ServiceProvider, scopes: ServiceScopeFactory) {
        this.services = services
        this.scopes = scopes
      }
    }
    class Root extends Locator {}
    using provider = new ServiceCollection()
      .addSingleton(Config)
      .addScoped(Session)
      .addScoped(Locator)
      .addSingleton(Root)
      .build()
    using scope = provider.createScope()
    const locator = scope.get(Locator)
    expect(locator.services).toBe(scope.services)
    expect(locator.services.get(Session)).toBe(scope.get(Session))
    expect(Symbol.dispose in locator.services || 'dispose' in locator.services).toBe(false)
    const root = scope.get(Root)
    expect(root.services).toBe(provider.get(ServiceProvider))
    expect(root.services.get(Root)).toBe(root)
    expect(root.scopes).toBe(locator.scopes)
    using made = root.scopes.createScope()
    expect(made.get(Session)).not.toBe(scope.get(Session))
  })

  it('a lazy one that failed is tried again', () => {
    let isReady = false
    class User {
      static readonly inject = [lazy(Part)] as const
      readonly part: Lazy<string>

      constructor(part: Lazy<string>) {
        this.part = part
      }
    }
    using provider = new ServiceCollection()
      .addTransient(Part, () => {
        if (!isReady) throw new Error('not yet')
        return 'ready'
      })
      .addSingleton(User)
      .build()
    const { part } = provider.get(User)
    expect(thrownBy(part).code).toBe('ERR_HOLDFAST_SERVICE')
    isReady = true
    expect(part()).toBe('ready')
  })
})

describe('registrations', () => {
  const Name = createToken<string>('Name')

  it('tryAdd adds what is not there, whatever its lifetime', () => {
    using provider = new ServiceCollection()
      .tryAddSingleton(Name, { instance: 'first' })
      .tryAddScoped(Name, () => 'second')
      .tryAddTransient(Name, () => 'third')
      .tryAddSingleton(Config)
      .build()
    expect(provider.getAll(Name)).toEqual(['first'])
    expect(provider.get(Config)).toBeInstanceOf(Config)
  })

  it('replace puts another implementation in the place of the last one, with its lifetime', () => {
    const services = new ServiceCollection()
      .addSingleton(Name, { instance: 'first' })
      .addScoped(Name, () => 'second')
      .replace(Name, () => 'fake')
    using provider = services.build()
    using scope = provider.createScope()
    expect(scope.getAll(Name)).toEqual(['first', 'fake'])
    expect(thrownBy(() => provider.get(Name)).path).toEqual(['Name'])
    expect(thrownBy(() => services.replace(Name, { instance: 'always' })).code).toBe('ERR_HOLDFAST_SERVICE')
    expect(thrownBy(() => services.replace(Config, () => new Config())).code).toBe('ERR_HOLDFAST_SERVICE')
  })

  it('remove takes all of a token back, keyed ones too', () => {
    using provider = new ServiceCollection()
      .addSingleton(Name, { instance: 'first' })
      .addKeyedSingleton(Name, 'key', { instance: 'second' })
      .remove(Name)
      .build()
    expect([provider.tryGet(Name), provider.tryGetKeyed(Name, 'key')]).toEqual([undefined, undefined])
  })

  it('keyed services are told apart by their keys, of any kind, and are none of those without', async () => {
    const object = {}
    const symbol = Symbol('key')
    using provider = new ServiceCollection()
      .addKeyedSingleton(Name, 'a', { instance: 'string' })
      .addKeyedScoped(Name, 1, () => 'number')
      .addKeyedTransient(Name, symbol, () => 'symbol')
      .addKeyedTransient(Name, object, async () => 'object')
      .build()
    using scope = provider.createScope()
    expect([scope.getKeyed(Name, 'a'), scope.getKeyed(Name, 1), scope.getKeyed(Name, symbol)]).toEqual([
      'string',
      'number',
      'symbol',
    ])
    await expect(scope.services.getKeyedAsync(Name, object)).resolves.toBe('object')
    expect(scope.services.tryGetKeyed(Name, 'a')).toBe('string')
    expect(scope.tryGet(Name)).toBeUndefined()
    expect(thrownBy(() => scope.getKeyed(Name, 'b')).path).toEqual(['Name[b]'])
  })

  it('refuses a key that is taken', () => {
    const services = new ServiceCollection().addKeyedSingleton(Name, 'key', { instance: 'first' })
    const error = thrownBy(() => services.addKeyedTransient(Name, 'key', () => 'second'))
    expect([error.code, error.path]).toEqual(['ERR_HOLDFAST_SERVICE', ['Name[key]']])
    using provider = services.build()
    expect(provider.getKeyed(Name, 'key')).toBe('first')
  })

  it('takes classes for classes, and functions of all sorts for factories', async () => {
    function declared() {
      return 'declared'
    }
    using provider = new ServiceCollection()
      .addTransient(Name, declared)
      .addTransient(Name, () => 'arrow')
      .addTransient(Name, { method: () => 'method' }.method)
      .addTransient(Name, async () => 'async')
      .addTransient<Map<unknown, unknown>, typeof Map>(Map, Map)
      .build()
    expect(await provider.getAllAsync(Name)).toEqual(['declared', 'arrow', 'method', 'async'])
    expect(provider.get(Map)).toBeInstanceOf(Map)
  })

  it('says which dependency a class cannot get, and that a class says nothing of its own', () => {
    class Silent {
      readonly config: Config

      constructor(config: Config) {
        this.config = config
      }
    }
    const services = new ServiceCollection()
    const error = thrownBy(() => services.addScoped(Silent as never))
    expect([error.code, error.path]).toEqual(['ERR_HOLDFAST_SERVICE', ['Silent']])
    const Early = Object.assign(class {}, { inject: [undefined] })
    expect(thrownBy(() => services.addScoped(Early as never)).code).toBe('ERR_INVALID_ARG_TYPE')
    const Wrong = Object.assign(class {}, { inject: 'Config' })
    expect(thrownBy(() => services.addScoped(Wrong as never)).code).toBe('ERR_INVALID_ARG_TYPE')
    expect(services.build().tryGet(Silent)).toBeUndefined()
  })

  it.each([
    ['a token that is none', (s: any) => s.addSingleton('token', () => 1), 'ERR_INVALID_ARG_TYPE'],
    ['no token', (s: any) => s.addScoped(), 'ERR_INVALID_ARG_TYPE'],
    ['a token alone', (s: any) => s.addScoped(Name), 'ERR_INVALID_ARG_TYPE'],
    ['no implementation', (s: any) => s.addScoped(Name, 5), 'ERR_INVALID_ARG_TYPE'],
    [
      'an instance that is undefined',
      (s: any) => s.addSingleton(Name, { instance: undefined }),
      'ERR_INVALID_ARG_TYPE',
    ],
    ['a scoped instance', (s: any) => s.addScoped(Name, { instance: '' }), 'ERR_HOLDFAST_SERVICE'],
    ['no key', (s: any) => s.addKeyedSingleton(Name, undefined, () => ''), 'ERR_INVALID_ARG_TYPE'],
    ['options that are none', (s: any) => s.build(5), 'ERR_INVALID_ARG_TYPE'],
    ['an unknown mode', (s: any) => s.build({ rootTransients: 'never' }), 'ERR_INVALID_ARG_VALUE'],
    ['a flag that is none', (s: any) => s.build({ validateScopes: 1 }), 'ERR_INVALID_ARG_TYPE'],
    ['a time out of range', (s: any) => s.build({ disposalWarningMs: 0 }), 'ERR_OUT_OF_RANGE'],
    ['a request for no token', (s: any) => s.build().get(undefined), 'ERR_INVALID_ARG_TYPE'],
    ['a request for a string', (s: any) => s.build().tryGet('Name'), 'ERR_INVALID_ARG_TYPE'],
    ['a name that is none', () => createToken(5 as never), 'ERR_INVALID_ARG_TYPE'],
    ['all of nothing', () => all(undefined as never), 'ERR_INVALID_ARG_TYPE'],
    ['lazy of nothing', () => lazy(undefined as never), 'ERR_INVALID_ARG_TYPE'],
    ['keyed without a key', () => keyed(Name, undefined as never), 'ERR_INVALID_ARG_TYPE'],
  ])('refuses %s', (_, use, code) => {
    expect(thrownBy(() => use(new ServiceCollection())).code).toBe(code)
  })
})
