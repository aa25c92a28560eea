import { describe, expect, it } from 'vitest'
import {
  createToken,
  type RootServiceProvider,
  ServiceCollection,
  ServiceProvider,
  type Token,
} from '../../../lib/hosting/index.js'
import { SuppressedError } from '../../../lib/index.js'
import { liveHandles } from '../../../lib/statistics.js'
import { AsyncTracked, deferred, Journal, Log, rejectionOf, Tracked, thrownBy } from './fixtures.js'

const journal = () => new Journal()

/** Services that are made by factories, each after those that it names. */
function chain(log: Journal, lifetimes: Record<string, 'singleton' | 'scoped' | 'transient'>) {
  const services = new ServiceCollection()
  const tokens: Record<string, Token<Tracked>> = {}
  let last: Token<Tracked> | undefined
  for (const [name, lifetime] of Object.entries(lifetimes)) {
    const token = createToken<Tracked>(name)
    const needed = last
    const factory = (sp: ServiceProvider) => {
      if (needed !== undefined) sp.get(needed)
      return new Tracked(name, log)
    }
    if (lifetime === 'singleton') services.addSingleton(token, factory)
    else if (lifetime === 'scoped') services.addScoped(token, factory)
    else services.addTransient(token, factory)
    tokens[name] = token
    last = token
  }
  return { services, tokens, last: last as Token<Tracked> }
}

describe('who is disposed of, and when', () => {
  it('what a scope has made, in the reverse order of construction; singletons with the provider', () => {
    const log = journal()
    const { services, last } = chain(log, { a: 'singleton', b: 'singleton', c: 'scoped', d: 'transient', e: 'scoped' })
    const provider = services.build()
    const scope = provider.createScope()
    scope.get(last)
    expect(log.made).toEqual(['a', 'b', 'c', 'd', 'e'])
    scope.dispose()
    expect(log.disposed).toEqual(['e', 'd', 'c'])
    provider.dispose()
    expect(log.disposed).toEqual(['e', 'd', 'c', 'b', 'a'])
  })

  it('open scopes with the provider, the newest first, before its singletons', () => {
    const log = journal()
    const Single = createToken<Tracked>('single')
    const Scoped = createToken<Tracked>('scoped')
    let scopes = 0
    const provider = new ServiceCollection()
      .addSingleton(Single, () => new Tracked('single', log))
      .addScoped(Scoped, () => new Tracked(`scoped ${scopes++}`, log))
      .build()
    const opened = [provider.createScope(), provider.createScope(), provider.createScope()]
    for (const scope of opened) scope.get(Scoped)
    provider.get(Single)
    opened[1]?.dispose()
    provider.dispose()
    expect(log.disposed).toEqual(['scoped 1', 'scoped 2', 'scoped 0', 'single'])
    expect(liveHandles('ServiceScope')).toBe(0)
    expect(thrownBy(() => opened[0]?.get(Scoped)).code).toBe('ERR_HOLDFAST_DISPOSED')
  })

  it('an instance that was supplied never is, also when factories hand it on', () => {
    const log = journal()
    const supplied = new Tracked('supplied', log)
    const Supplied = createToken<Tracked>('Supplied')
    const Alias = createToken<Tracked>('Alias')
    const Outside = createToken<Tracked>('Outside')
    const provider = new ServiceCollection()
      .addSingleton(Supplied, { instance: supplied })
      .addScoped(Alias, (sp) => sp.get(Supplied))
      .addTransient(Outside, () => supplied)
      .build()
    {
      using scope = provider.createScope()
      expect(scope.get(Alias)).toBe(supplied)
      expect(scope.get(Outside)).toBe(supplied)
    }
    provider.dispose()
    expect(log.disposed).toEqual([])
  })

  it('an instance under several tokens is disposed of once, by the scope that made it, after its users', () => {
    const log = journal()
    const Alias = createToken<Tracked>('Alias')
    const User = createToken<Tracked>('User')
    class Real extends Tracked {
      static readonly inject = [Log] as const
      constructor(journal: Journal) {
        super('real', journal)
      }
    }
    const provider = new ServiceCollection()
      .addSingleton(Log, { instance: log })
      .addSingleton(Real)
      .addScoped(Alias, (sp) => sp.get(Real))
      .addScoped(User, (sp) => {
        sp.get(Alias)
        return new Tracked('user', log)
      })
      .build()
    for (let round = 0; round < 2; round++) {
      using scope = provider.createScope()
      scope.get(User)
      expect(scope.get(Alias)).toBe(provider.get(Real))
    }
    expect(log.disposed).toEqual(['user', 'user'])
    provider.dispose()
    expect(log.disposed).toEqual(['user', 'user', 'real'])
  })

  it('what a constructor returns again and again is disposed of once', () => {
    const log = journal()
    let shared: Tracked | undefined
    class Shared {
      constructor() {
        shared ??= new Tracked('shared', log)
        // biome-ignore lint/correctness/noConstructorReturn: some classes make singletons of themselves so
        return shared as never
      }
    }
    using provider = new ServiceCollection().addTransient(Shared).build()
    const scope = provider.createScope()
    for (let index = 0; index < 40; index++) scope.get(Shared)
    scope.dispose()
    expect(log.disposed).toEqual(['shared'])
  })

  it('what was made for a service whose own construction failed stays with the scope', () => {
    const log = journal()
    const Part = createToken<Tracked>('Part')
    class Broken {
      static readonly inject = [Part] as const
      constructor(_part: Tracked) {
        throw new Error('no')
      }
    }
    using provider = new ServiceCollection()
      .addTransient(Part, () => new Tracked('part', log))
      .addScoped(Broken)
      .build()
    const scope = provider.createScope()
    expect(thrownBy(() => scope.get(Broken)).path).toEqual(['Broken'])
    expect(log.disposed).toEqual([])
    scope.dispose()
    expect(log.disposed).toEqual(['part'])
  })

  it('anything else a factory returns is the container’s, functions too', () => {
    let disposed = 0
    const Callback = createToken<() => void>('Callback')
    const provider = new ServiceCollection()
      .addSingleton(Callback, () => Object.assign(() => {}, { [Symbol.dispose]: () => disposed++ }))
      .build()
    provider.get(Callback)
    provider.dispose()
    expect(disposed).toBe(1)
  })
})

describe('errors of disposers', () => {
  it('a single one is thrown unchanged, when all others are disposed of', () => {
    const log = journal()
    const Broken = createToken('Broken')
    const cause = new Error('broken')
    const { services, last } = chain(log, { a: 'scoped', b: 'scoped' })
    using provider = services
      .addScoped(Broken, (sp) => {
        sp.get(last)
        return {
          [Symbol.dispose]() {
            throw cause
          },
        }
      })
      .build()
    const scope = provider.createScope()
    scope.get(Broken)
    expect(thrownBy(() => scope.dispose())).toBe(cause)
    expect(log.disposed).toEqual(['b', 'a'])
    expect(liveHandles('ServiceScope')).toBe(0)
    scope.dispose()
  })

  it.each(['dispose', 'disposeAsync'] as const)('several are all kept by %s, the latest outermost', async (method) => {
    const first = new Error('first')
    const second = new Error('second')
    const Part = createToken('Part')
    const Whole = createToken('Whole')
    const throwing = (thrown: Error) => ({
      [Symbol.dispose]() {
        throw thrown
      },
    })
    const provider = new ServiceCollection()
      .addSingleton(Part, () => throwing(second))
      .addSingleton(Whole, (sp) => {
        sp.get(Part)
        return throwing(first)
      })
      .build()
    provider.get(Whole)
    const thrown =
      method === 'dispose' ? thrownBy(() => provider.dispose()) : await rejectionOf(provider.disposeAsync())
    expect(thrown).toBeInstanceOf(SuppressedError)
    expect([thrown.error, thrown.suppressed]).toEqual([second, first])
  })
})

describe('synchronous and asynchronous disposal', () => {
  const Async = createToken<AsyncTracked>('Async')
  const Sync = createToken<Tracked>('Sync')

  function mixed(log: Journal) {
    return new ServiceCollection()
      .addScoped(Async, () => new AsyncTracked('async', log))
      .addScoped(Sync, (sp) => {
        sp.get(Async)
        return new Tracked('sync', log)
      })
      .build()
  }

  it('an async-only service under synchronous disposal is an error, after the others; nothing is lost', async () => {
    const log = journal()
    using provider = mixed(log)
    const scope = provider.createScope()
    scope.get(Sync)
    expect(thrownBy(() => scope.dispose()).code).toBe('ERR_HOLDFAST_INVALID_OPERATION')
    expect(log.disposed).toEqual(['sync'])
    expect(liveHandles('ServiceScope')).toBe(0)
    await scope.disposeAsync()
    expect(log.disposed).toEqual(['sync', 'async'])
    await scope.disposeAsync()
    expect(log.disposed).toEqual(['sync', 'async'])
  })

  it('the provider can still dispose of what its own synchronous disposal left in scopes', async () => {
    const log = journal()
    const provider = mixed(log)
    provider.createScope().get(Sync)
    provider.createScope().get(Sync)
    const error = thrownBy(() => provider.dispose())
    expect(error).toBeInstanceOf(SuppressedError)
    expect(log.disposed).toEqual(['sync', 'sync'])
    await provider.disposeAsync()
    expect(log.disposed).toEqual(['sync', 'sync', 'async', 'async'])
  })

  it('asynchronous disposal goes one after the other, in order, and prefers Symbol.asyncDispose', async () => {
    const log = journal()
    const gate = deferred()
    const Both = createToken('Both')
    const provider = new ServiceCollection()
      .addScoped(Sync, () => new Tracked('first', log))
      .addScoped(Async, (sp) => {
        sp.get(Sync)
        return new AsyncTracked('second', log, gate.promise)
      })
      .addScoped(Both, (sp) => {
        sp.get(Async)
        return {
          [Symbol.dispose]: () => log.disposed.push('third, synchronously'),
          [Symbol.asyncDispose]: async () => void log.disposed.push('third'),
        }
      })
      .build()
    const scope = provider.createAsyncScope()
    scope.get(Both)
    const disposal = scope.disposeAsync()
    await Promise.resolve()
    await Promise.resolve()
    expect(log.disposed).toEqual(['third'])
    expect(liveHandles('ServiceScope')).toBe(1)
    gate.resolve()
    await disposal
    expect(log.disposed).toEqual(['third', 'second', 'first'])
    expect(liveHandles('ServiceScope')).toBe(0)
  })

  it('a second disposeAsync settles with the first, and later ones have nothing to do', async () => {
    const gate = deferred()
    const failure = new Error('late')
    const provider = new ServiceCollection()
      .addScoped(
        Async,
        () =>
          ({
            name: '',
            async [Symbol.asyncDispose]() {
              await gate.promise
              throw failure
            },
          }) as never,
      )
      .build()
    const scope = provider.createAsyncScope()
    scope.get(Async)
    const settled: string[] = []
    const first = rejectionOf(scope.disposeAsync()).then((error) => settled.push(`first ${error.message}`))
    const second = rejectionOf(scope.disposeAsync()).then((error) => settled.push(`second ${error.message}`))
    expect(settled).toEqual([])
    gate.resolve()
    await Promise.all([first, second])
    expect(settled.sort()).toEqual(['first late', 'second late'])
    await scope.disposeAsync()
  })

  it('disposing the provider waits for a scope that is being disposed, and for those it disposes of itself', async () => {
    const log = journal()
    const gate = deferred()
    const Single = createToken<Tracked>('Single')
    const provider = new ServiceCollection()
      .addSingleton(Single, () => new Tracked('single', log))
      .addScoped(Async, (sp) => {
        sp.get(Single)
        return new AsyncTracked('scoped', log, gate.promise)
      })
      .build()
    const disposing = provider.createAsyncScope()
    disposing.get(Async)
    const open = provider.createAsyncScope()
    open.get(Async)
    const scopeDisposal = disposing.disposeAsync()
    expect(thrownBy(() => provider.dispose()).code).toBe('ERR_HOLDFAST_INVALID_OPERATION')
    const providerDisposal = provider.disposeAsync()
    expect(log.disposed).toEqual([])
    gate.resolve()
    await providerDisposal
    await scopeDisposal
    await open.disposeAsync()
    expect(log.disposed).toEqual(['scoped', 'scoped', 'single'])
  })

  it('the provider leaves the error of a scope that is being disposed to whoever disposes of that', async () => {
    const gate = deferred()
    const error = new Error('does not close')
    const provider = new ServiceCollection()
      .addScoped(Async, () => ({ [Symbol.asyncDispose]: () => gate.promise }) as never)
      .build()
    const scope = provider.createAsyncScope()
    scope.get(Async)
    const scopeDisposal = rejectionOf(scope.disposeAsync())
    const providerDisposal = provider.disposeAsync()
    gate.reject(error)
    expect(await scopeDisposal).toBe(error)
    await providerDisposal
  })

  it('a scope that the provider is disposing of settles with that', async () => {
    const gate = deferred()
    const log = journal()
    const provider = new ServiceCollection()
      .addScoped(Async, () => new AsyncTracked('scoped', log, gate.promise))
      .build()
    const scope = provider.createAsyncScope()
    scope.get(Async)
    const whole = provider.disposeAsync()
    await Promise.resolve()
    await Promise.resolve()
    let isDone = false
    const part = scope.disposeAsync().then(() => {
      isDone = true
    })
    await Promise.resolve()
    expect(isDone).toBe(false)
    gate.resolve()
    await Promise.all([whole, part])
    expect(log.disposed).toEqual(['scoped'])
  })
})

describe('what services do while they are disposed of', () => {
  const Service = createToken<Disposable>('Service')
  const Other = createToken<Tracked>('Other')

  function during(act: (services: ServiceProvider) => unknown, log = journal()) {
    const provider = new ServiceCollection()
      .addSingleton(Other, () => new Tracked('other', log))
      .addScoped(Service, (sp) => ({ [Symbol.dispose]: () => void act(sp) }))
      .build()
    const scope = provider.createScope()
    scope.get(Service)
    return { provider, scope }
  }

  it('resolving is refused, and so is opening scopes there', () => {
    const { scope } = during((sp) => {
      expect(thrownBy(() => sp.get(Other)).code).toBe('ERR_HOLDFAST_DISPOSED')
      expect(thrownBy(() => sp.tryGet(Other)).code).toBe('ERR_HOLDFAST_DISPOSED')
      expect(thrownBy(() => sp.getAll(Other)).code).toBe('ERR_HOLDFAST_DISPOSED')
      expect(thrownBy(() => sp.createScope()).code).toBe('ERR_HOLDFAST_DISPOSED')
      expect(thrownBy(() => sp.track(Promise.resolve())).code).toBe('ERR_HOLDFAST_DISPOSED')
    })
    scope.dispose()
    expect.assertions(5)
  })

  it('disposing of the scope again does nothing', () => {
    let scope!: ReturnType<typeof during>['scope']
    let calls = 0
    scope = during(() => {
      calls++
      scope.dispose()
      void scope.disposeAsync()
    }).scope
    scope.dispose()
    expect(calls).toBe(1)
  })

  it('waiting for the disposal that it is a part of does not wait for itself', async () => {
    const Waiting = createToken<AsyncDisposable>('Waiting')
    const log = journal()
    let scope!: ReturnType<RootServiceProvider['createAsyncScope']>
    const waiting = () => ({
      async [Symbol.asyncDispose]() {
        await scope.disposeAsync()
        log.disposed.push('waited')
      },
    })
    const provider = new ServiceCollection()
      .addScoped(Waiting, (sp) => {
        sp.get(Other)
        return waiting()
      })
      .addScoped(Other, (): any => waiting())
      .build()
    scope = provider.createAsyncScope()
    scope.get(Waiting)
    await scope.disposeAsync()
    expect(log.disposed).toEqual(['waited', 'waited'])
  })

  it('disposing of the provider from within a scope that it disposes of is silent', () => {
    let provider!: RootServiceProvider
    let calls = 0
    const made = during(() => {
      calls++
      provider.dispose()
      void provider.disposeAsync()
    })
    provider = made.provider
    provider.dispose()
    expect(calls).toBe(1)
  })

  it('an instance whose factory disposes of its scope is released, and the caller told', () => {
    const log = journal()
    const Suicidal = createToken<Tracked>('Suicidal')
    const provider = new ServiceCollection()
      .addScoped(Suicidal, () => {
        scope.dispose()
        return new Tracked('suicidal', log)
      })
      .build()
    const scope = provider.createScope()
    expect(thrownBy(() => scope.get(Suicidal)).code).toBe('ERR_HOLDFAST_DISPOSED')
    expect(log.disposed).toEqual(['suicidal'])
  })
})

describe('after disposal', () => {
  it('everything but disposing again is refused', async () => {
    const Service = createToken<number>('Service')
    const provider = new ServiceCollection().addSingleton(Service, { instance: 1 }).build()
    const scope = provider.createScope()
    provider.dispose()
    for (const services of [provider, scope.services]) {
      for (const use of [
        () => services.get(Service),
        () => services.tryGet(Service),
        () => services.getAll(Service),
        () => services.getKeyed(Service, 'key'),
        () => services.createScope(),
        () => services.createAsyncScope(),
        () => services.run(() => {}),
        () => services.get(ServiceProvider),
      ]) {
        expect(thrownBy(use).code).toBe('ERR_HOLDFAST_DISPOSED')
      }
      expect((await rejectionOf(services.getAsync(Service))).code).toBe('ERR_HOLDFAST_DISPOSED')
    }
    expect(thrownBy(() => scope.run(() => {})).code).toBe('ERR_HOLDFAST_DISPOSED')
    expect([thrownBy(() => scope.get(Service)).objectName, thrownBy(() => provider.get(Service)).objectName]).toEqual([
      'ServiceScope',
      'ServiceProvider',
    ])
    provider.dispose()
    await provider.disposeAsync()
    scope.dispose()
  })
})
