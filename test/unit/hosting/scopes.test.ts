import { once } from 'node:events'
import { describe, expect, it } from 'vitest'
import {
  AsyncServiceScope,
  createToken,
  currentScope,
  ServiceCollection,
  type ServiceProvider,
  ServiceScope,
} from '../../../lib/hosting/index.js'
import { SuppressedError } from '../../../lib/index.js'
import { liveHandles } from '../../../lib/statistics.js'
import { AsyncTracked, deferred, Journal, rejectionOf, Tracked, thrownBy } from './fixtures.js'

const Part = createToken<Tracked>('Part')

function build(log = new Journal(), options = {}) {
  return new ServiceCollection().addScoped(Part, () => new Tracked('part', log)).build(options)
}

describe('counting', () => {
  it('knows every open scope as a ServiceScope, of either kind', async () => {
    await using provider = build()
    const before = liveHandles('ServiceScope')
    const sync = provider.createScope()
    const async = provider.createAsyncScope()
    expect(liveHandles('ServiceScope') - before).toBe(2)
    expect([liveHandles(ServiceScope), liveHandles(AsyncServiceScope)]).toEqual([before + 2, before + 2])
    sync.dispose()
    sync.dispose()
    await async.disposeAsync()
    expect(liveHandles('ServiceScope')).toBe(before)
  })

  it('is used up by `using` and `await using`', async () => {
    using provider = build()
    {
      using scope = provider.createScope()
      await using other = provider.createAsyncScope()
      expect([scope.get(Part), other.get(Part)].length).toBe(2)
    }
    expect(liveHandles('ServiceScope')).toBe(0)
  })
})

describe('track', () => {
  it('lets asynchronous disposal wait, and services be used and resolved meanwhile', async () => {
    const log = new Journal()
    using provider = build(log)
    const scope = provider.createAsyncScope()
    const gate = deferred()
    const work = scope.track(
      gate.promise.then(() => {
        expect(scope.get(Part).name).toBe('part')
        expect(log.disposed).toEqual([])
      }),
    )
    const disposal = scope.disposeAsync()
    gate.resolve()
    await work
    await disposal
    expect(log.disposed).toEqual(['part'])
  })

  it('waits for work that is tracked while it waits, by the provider of the scope as well', async () => {
    const log = new Journal()
    using provider = build(log)
    const scope = provider.createAsyncScope()
    scope.get(Part)
    const [first, second] = [deferred(), deferred()]
    scope.services.track(first.promise.then(() => void scope.track(second.promise)))
    const disposal = scope.disposeAsync()
    first.resolve()
    await first.promise
    await Promise.resolve()
    expect(log.disposed).toEqual([])
    second.resolve()
    await disposal
    expect(log.disposed).toEqual(['part'])
  })

  it('makes synchronous disposal throw before it disposes of anything; it may be asked again', async () => {
    const log = new Journal()
    using provider = build(log)
    const scope = provider.createScope()
    scope.get(Part)
    const gate = deferred()
    scope.track(gate.promise, 'broadcast')
    const error = thrownBy(() => scope.dispose())
    expect([error.code, error.message.includes('broadcast')]).toEqual(['ERR_HOLDFAST_INVALID_OPERATION', true])
    expect([log.disposed, scope.get(Part).name, liveHandles('ServiceScope')]).toEqual([[], 'part', 1])
    gate.resolve()
    await gate.promise
    scope.dispose()
    expect([log.disposed, liveHandles('ServiceScope')]).toEqual([['part'], 0])
  })

  it('does the same for the provider, for its own work and that of its scopes', async () => {
    const log = new Journal()
    const provider = build(log)
    const scope = provider.createScope()
    scope.get(Part)
    const [own, scoped] = [deferred(), deferred()]
    provider.track(own.promise)
    expect(thrownBy(() => provider.dispose()).code).toBe('ERR_HOLDFAST_INVALID_OPERATION')
    scope.track(scoped.promise)
    const disposal = provider.disposeAsync()
    own.resolve()
    await own.promise
    expect([log.disposed, provider.createScope().get(Part).name]).toEqual([[], 'part'])
    scoped.resolve()
    await disposal
    expect([log.disposed, liveHandles('ServiceScope')]).toEqual([['part', 'part'], 0])
  })

  it('gives the promise back, whose error stays with whoever has it', async () => {
    using provider = build()
    const scope = provider.createAsyncScope()
    const failure = new Error('failed')
    const work = Promise.reject(failure)
    expect(scope.track(work)).toBe(work)
    await scope.disposeAsync()
    expect(await rejectionOf(work)).toBe(failure)
  })

  it('forgets what has ended, in whatever order, and once if it ends twice', async () => {
    using provider = build()
    const scope = provider.createScope()
    const gates = [deferred(), deferred(), deferred()] as const
    // biome-ignore lint/suspicious/noThenProperty: something that merely looks like a promise
    const twice = { then: (end: () => void) => gates[1].promise.then(end).then(end) }
    scope.track(gates[0].promise, 'first')
    scope.track(twice as PromiseLike<void>, 'second')
    scope.track(gates[2].promise, 'third')
    const pending = () => /use by (.*)\. Call/.exec(thrownBy(() => scope.dispose()).message)?.[1]
    const ended = async (gate: (typeof gates)[number]) => {
      gate.resolve()
      await new Promise((resolve) => setImmediate(resolve))
    }
    await ended(gates[1])
    expect(pending()).toBe('first, third')
    await ended(gates[0])
    expect(pending()).toBe('third')
    await ended(gates[2])
    scope.dispose()
  })

  it('refuses what is no promise, and a name that is none', () => {
    using provider = build()
    using scope = provider.createScope()
    expect(thrownBy(() => scope.track(5 as never)).code).toBe('ERR_INVALID_ARG_TYPE')
    expect(thrownBy(() => scope.track(Promise.resolve(), 5 as never)).code).toBe('ERR_INVALID_ARG_TYPE')
  })

  it('refuses what ends with the scope: each would wait for the other', async () => {
    using provider = build()
    const scope = provider.createAsyncScope()
    const gate = deferred()
    const run = scope.run(() => gate.promise)
    expect(thrownBy(() => scope.track(run)).code).toBe('ERR_HOLDFAST_INVALID_OPERATION')
    scope.track(gate.promise)
    const disposal = scope.disposeAsync()
    expect(thrownBy(() => scope.services.track(disposal)).code).toBe('ERR_HOLDFAST_INVALID_OPERATION')
    gate.resolve()
    await Promise.all([run, disposal])
  })

  it('names pending work when disposal has waited for longer than was set, once', async () => {
    using provider = build(new Journal(), { disposalWarningMs: 5 })
    const scope = provider.createAsyncScope()
    const gate = deferred()
    scope.track(gate.promise, 'broadcast')
    scope.track(gate.promise)
    const warned = once(process, 'warning')
    const disposal = scope.disposeAsync()
    const [warning] = await warned
    expect([warning.code, warning.message.includes('broadcast, unnamed work')]).toEqual([
      'HOLDFAST_DISPOSAL_WAITS',
      true,
    ])
    gate.resolve()
    await disposal
  })

  it('says so of a provider, too', async () => {
    const gate = deferred()
    const provider = new ServiceCollection()
      .addSingleton(createToken<AsyncTracked>('Slow'), { instance: new AsyncTracked('slow', new Journal()) })
      .build({ disposalWarningMs: 5 })
    provider.track(gate.promise, 'broadcast')
    const warned = once(process, 'warning')
    const disposal = provider.disposeAsync()
    const [warning] = await warned
    expect([warning.code, warning.message]).toEqual([
      'HOLDFAST_DISPOSAL_WAITS',
      expect.stringMatching(/ServiceProvider .*broadcast/),
    ])
    gate.resolve()
    await disposal
  })

  it('names a service whose disposal takes that long', async () => {
    const log = new Journal()
    const gate = deferred()
    const Slow = createToken<AsyncTracked>('Slow')
    using provider = new ServiceCollection()
      .addScoped(Slow, () => new AsyncTracked('slow', log, gate.promise))
      .build({ disposalWarningMs: 5 })
    const scope = provider.createAsyncScope()
    scope.get(Slow)
    const warned = once(process, 'warning')
    const disposal = scope.disposeAsync()
    const [warning] = await warned
    expect([warning.code, warning.message.includes('AsyncTracked')]).toEqual(['HOLDFAST_DISPOSAL_WAITS', true])
    gate.resolve()
    await disposal
  })
})

describe.each(['provider', 'scope'] as const)('run of a %s', (kind) => {
  function open(provider: ReturnType<typeof build>) {
    return kind === 'provider' ? provider : provider.createScope()
  }

  it('gives the body the services of a scope, and its result when that is disposed of', async () => {
    const log = new Journal()
    using provider = build(log)
    const result = await open(provider).run(async (services: ServiceProvider) => {
      const part = services.get(Part)
      await undefined
      expect(log.disposed).toEqual([])
      return part.name
    })
    expect([result, log.disposed, liveHandles('ServiceScope')]).toEqual(['part', ['part'], 0])
  })

  it('waits for what was tracked', async () => {
    const log = new Journal()
    using provider = build(log)
    const gate = deferred()
    const run = open(provider).run((services: ServiceProvider) => {
      services.get(Part)
      services.track(gate.promise)
    })
    await Promise.resolve()
    expect(log.disposed).toEqual([])
    gate.resolve()
    await run
    expect(log.disposed).toEqual(['part'])
  })

  it('disposes when the body throws, synchronously or not, and keeps both errors', async () => {
    const log = new Journal()
    using provider = build(log)
    const failure = new Error('failed')
    const throwing = (services: ServiceProvider) => {
      services.get(Part)
      throw failure
    }
    expect(await rejectionOf(open(provider).run(throwing))).toBe(failure)
    expect(await rejectionOf(open(provider).run(async (services: ServiceProvider) => throwing(services)))).toBe(failure)
    expect([log.disposed, liveHandles('ServiceScope')]).toEqual([['part', 'part'], 0])

    const later = new Error('later')
    using failing = new ServiceCollection()
      .addScoped(
        Part,
        () =>
          ({
            [Symbol.dispose]() {
              throw later
            },
          }) as never,
      )
      .build()
    const error = await rejectionOf((kind === 'provider' ? failing : failing.createScope()).run(throwing))
    expect(error).toBeInstanceOf(SuppressedError)
    expect([error.error, error.suppressed]).toEqual([later, failure])
  })

  it('refuses a body that is none, and leaves no scope', async () => {
    using provider = build()
    expect((await rejectionOf(open(provider).run(5 as never))).code).toBe('ERR_INVALID_ARG_TYPE')
    expect(liveHandles('ServiceScope')).toBe(0)
  })

  it('makes the scope the current one, also after awaiting, and only there', async () => {
    using provider = build()
    expect(currentScope()).toBeUndefined()
    await Promise.all([
      open(provider).run(async (services: ServiceProvider) => {
        const scope = currentScope()
        expect(scope?.services).toBe(services)
        await new Promise((resolve) => setImmediate(resolve))
        expect(currentScope()).toBe(scope)
        await provider.run(async (inner) => expect(currentScope()?.services).toBe(inner))
        expect(currentScope()).toBe(scope)
      }),
      open(provider).run(async (services: ServiceProvider) => expect(currentScope()?.services).toBe(services)),
    ])
    expect(currentScope()).toBeUndefined()
  })
})
