import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createToken, type Lazy, lazy, ServiceCollection, ServiceProvider } from '../../../lib/hosting/index.js'
import { AsyncTracked, Journal, Tracked, thrownBy } from './fixtures.js'

const Part = createToken<Tracked>('Part')

function services(log: Journal) {
  return new ServiceCollection().addTransient(Part, () => new Tracked('part', log))
}

describe('disposable transients from the root', () => {
  let warnings: { code?: string; message: string }[]
  const note = (warning: Error) => void warnings.push(warning)

  beforeEach(() => {
    warnings = []
    process.on('warning', note)
  })
  afterEach(() => {
    process.off('warning', note)
  })

  /** Warnings are emitted in the next tick. */
  const told = async () => {
    await new Promise((resolve) => setImmediate(resolve))
    return warnings.filter(({ code }) => code === 'HOLDFAST_ROOT_TRANSIENTS').map(({ message }) => message)
  }

  it('are told of at 100, 1,000 and 10,000 of a service, with its name, the count and the fix', async () => {
    using provider = services(new Journal()).build()
    for (let count = 0; count < 99; count++) provider.get(Part)
    expect(await told()).toEqual([])
    for (let count = 99; count < 20_000; count++) provider.get(Part)
    const messages = await told()
    expect(messages.map((message) => /\d+ transients of Part/.exec(message)?.[0])).toEqual([
      '100 transients of Part',
      '1000 transients of Part',
      '10000 transients of Part',
    ])
    for (const message of messages) expect(message).toContain('createScope()')
  })

  it('are counted when something that holds the root’s provider asks for them, too', async () => {
    class Locator {
      static readonly inject = [ServiceProvider] as const
      readonly services: ServiceProvider

      constructor(services: ServiceProvider) {
        this.services = services
      }
    }
    using provider = services(new Journal())
      .addSingleton(Locator)
      .addSingleton(createToken('Factory'), (sp) => sp)
      .build()
    using scope = provider.createScope()
    const locator = scope.get(Locator)
    for (let count = 0; count < 100; count++) locator.services.get(Part)
    expect((await told()).length).toBe(1)
  })

  it('are not meant when there is nothing to dispose of, in scopes, and for singletons', async () => {
    const Plain = createToken<object>('Plain')
    const provider = services(new Journal())
      .addTransient(Plain, () => ({}))
      .build()
    using scope = provider.createScope()
    for (let count = 0; count < 200; count++) {
      provider.get(Plain)
      scope.get(Part)
    }
    const many = services(new Journal())
    const tokens = Array.from({ length: 200 }, (_, index) => createToken(`s${index}`))
    for (const token of tokens) many.addSingleton(token, Object.assign(class {}, { inject: [Part] }) as never)
    using singletons = many.build()
    for (const token of tokens) singletons.get(token)
    expect(await told()).toEqual([])
    provider.dispose()
  })

  it('are allowed by option', async () => {
    using provider = services(new Journal()).build({ rootTransients: 'allow' })
    for (let count = 0; count < 200; count++) provider.get(Part)
    expect(await told()).toEqual([])
  })
})

describe('rootTransients: throw', () => {
  const options = { rootTransients: 'throw' } as const

  it('refuses the first one, releases it, and leaves scopes and singletons alone', () => {
    const log = new Journal()
    class Single {
      static readonly inject = [Part, lazy(Part)] as const
      readonly lazy: Lazy<Tracked>

      constructor(_part: Tracked, later: Lazy<Tracked>) {
        this.lazy = later
      }
    }
    using provider = services(log).addSingleton(Single).build(options)
    const error = thrownBy(() => provider.get(Part))
    expect([error.code, error.path, log.disposed]).toEqual(['ERR_HOLDFAST_SERVICE', ['Part'], ['part']])
    expect(provider.get(Single)).toBeInstanceOf(Single)
    using scope = provider.createScope()
    expect(scope.get(Part).name).toBe('part')
    expect(thrownBy(() => provider.get(Single).lazy()).code).toBe('ERR_HOLDFAST_SERVICE')
  })

  it('refuses one that another transient needs, with the path', () => {
    const log = new Journal()
    const User = createToken<object>('User')
    using provider = services(log)
      .addTransient(User, Object.assign(class {}, { inject: [Part] }) as never)
      .build(options)
    expect(thrownBy(() => provider.get(User)).path).toEqual(['User', 'Part'])
  })

  it('keeps the error when releasing fails, too', () => {
    const failure = new Error('release')
    using provider = new ServiceCollection()
      .addTransient(
        Part,
        () =>
          ({
            [Symbol.dispose]() {
              throw failure
            },
          }) as never,
      )
      .build(options)
    const error = thrownBy(() => provider.get(Part))
    expect([error.cause.error, error.cause.suppressed.path]).toEqual([failure, ['Part']])
  })

  it('releases an async-only one without waiting', async () => {
    const log = new Journal()
    const Async = createToken<AsyncTracked>('Async')
    using provider = new ServiceCollection().addTransient(Async, () => new AsyncTracked('async', log)).build(options)
    expect(thrownBy(() => provider.get(Async)).path).toEqual(['Async'])
    await new Promise((resolve) => setImmediate(resolve))
    expect(log.disposed).toEqual(['async'])
  })
})
