import { setImmediate as turn } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import {
  createHost,
  createToken,
  HostedService,
  RootServiceProvider,
  ServiceCollection,
  ServiceProvider,
} from '../../../lib/hosting/index.js'
import { SuppressedError } from '../../../lib/index.js'
import {
  anything,
  Background,
  code,
  error,
  events,
  failing,
  hostOf,
  invalidOperation,
  nothing,
  part,
  rejectionOf,
  Stubborn,
  untilAborted,
  warnings,
  watchHosts,
} from './host-fixtures.js'

watchHosts()

describe('createHost()', () => {
  it('builds the collection, so that its errors are known at once', () => {
    const Missing = createToken('Missing')
    class Needy extends Stubborn {
      static readonly inject = [Missing] as const
      constructor(_missing: unknown) {
        super()
      }
    }
    const services = new ServiceCollection().addHostedService(Needy)
    expect(() => createHost(services)).toThrow(AggregateError)
    expect(() => createHost(services, { validateOnBuild: false })).not.toThrow()
  })

  it('makes no service before the start', async () => {
    await using host = hostOf([failing(error('made'))])
    expect(host.services).toBeInstanceOf(RootServiceProvider)
  })

  it('refuses what is no collection', () => {
    expect(() => createHost(anything({}))).toThrow(code('ERR_INVALID_ARG_TYPE'))
  })

  it('refuses options that are not what they have to be', () => {
    const refusals: [unknown, string][] = [
      [null, 'ERR_INVALID_ARG_TYPE'],
      [{ shutdownTimeoutMs: '1' }, 'ERR_INVALID_ARG_TYPE'],
      [{ shutdownTimeoutMs: 0 }, 'ERR_OUT_OF_RANGE'],
      [{ shutdownTimeoutMs: 1.5 }, 'ERR_OUT_OF_RANGE'],
      [{ shutdownTimeoutMs: 2 ** 31 }, 'ERR_OUT_OF_RANGE'],
      [{ onBackgroundError: true }, 'ERR_INVALID_ARG_TYPE'],
      [{ onBackgroundError: 'restart' }, 'ERR_INVALID_ARG_VALUE'],
      [{ rootTransients: 'never' }, 'ERR_INVALID_ARG_VALUE'],
    ]
    for (const [options, expected] of refusals) {
      expect(() => createHost(new ServiceCollection(), anything(options))).toThrow(code(expected))
    }
  })
})

describe('Host.start()', () => {
  it('starts the services one after the other, in the order of their registration', async () => {
    await using host = hostOf([
      part('a', {
        async start() {
          await turn()
          events.push('a has started')
        },
      }),
      part('b'),
    ])
    await host.start()
    expect(events).toEqual(['a starts', 'a has started', 'b starts'])
  })

  it('gives them a signal that is not aborted later, and a provider that cannot be disposed of', async () => {
    let given: [AbortSignal, ServiceProvider] | undefined
    const start = (...args: [AbortSignal, ServiceProvider]) => {
      given = args
    }
    const host = hostOf([part('a', { start })])
    await host.start()
    expect(given?.[1]).toBe(host.services.get(ServiceProvider))
    expect(given?.[1]).not.toBe(host.services)
    await host.disposeAsync()
    expect(given?.[0].aborted).toBe(false)
  })

  it('waits for services that are made asynchronously, before it starts the first', async () => {
    await using host = hostOf([
      part('a'),
      async () => {
        await turn()
        events.push('b is made')
        return part('b')()
      },
    ])
    await host.start()
    expect(events).toEqual(['b is made', 'a starts', 'b starts'])
  })

  it('works with services that return nothing, and with none', async () => {
    await using host = hostOf([() => ({ start: nothing, stop: nothing })])
    await host.start()
    await using empty = hostOf([])
    await empty.start()
    await empty.stop()
    await host.stop()
  })

  it('stops, when one fails, those that were started before, the last one first, and rejects with its error', async () => {
    const startError = error('c does not start')
    await using host = hostOf([part('a'), part('b'), part('c', { start: failing(startError) }), part('d')])
    expect(await rejectionOf(host.start())).toBe(startError)
    expect(events).toEqual(['a starts', 'b starts', 'c starts', 'b stops', 'a stops'])
  })

  it('rejects with the errors of stopping the others, too', async () => {
    const [startError, stopError] = [error('b does not start'), error('a does not stop')]
    await using host = hostOf([part('a', { stop: failing(stopError) }), part('b', { start: failing(startError) })])
    const thrown = await rejectionOf(host.start())
    expect(thrown).toBeInstanceOf(SuppressedError)
    expect(thrown).toMatchObject({ error: stopError, suppressed: startError })
  })

  it('leaves nothing to stop when it has failed, and has told its error', async () => {
    const host = hostOf([part('a'), part('b', { start: failing('not an Error') })])
    expect(await rejectionOf(host.start())).toBe('not an Error')
    await host.stop()
    expect(events).toEqual(['a starts', 'b starts', 'a stops'])
    await host.disposeAsync()
    await turn()
    expect(warnings).toEqual([])
  })

  it('rejects when a service cannot be made, and starts none', async () => {
    const madeError = error('not made')
    await using host = hostOf([part('a'), failing(madeError)])
    expect(await rejectionOf(host.start())).toMatchObject({ code: 'ERR_HOLDFAST_SERVICE', cause: madeError })
    expect(events).toEqual([])
  })

  it('rejects when what was registered is no hosted service, and starts none', async () => {
    for (const wrong of [null, 1, { stop: nothing }, { start: nothing }]) {
      await using host = hostOf([part('a'), () => anything(wrong)])
      expect(await rejectionOf(host.start())).toEqual(code('ERR_INVALID_ARG_TYPE'))
    }
    expect(events).toEqual([])
  })

  it('stops a background service whose override of start fails when the work has begun', async () => {
    class HalfStarted extends Background {
      override async start(signal: AbortSignal, services: ServiceProvider) {
        super.start(signal, services)
        await turn()
        throw error('half')
      }
    }
    await using host = hostOf([() => new HalfStarted(untilAborted)])
    await expect(host.start()).rejects.toThrow('half')
    expect(events).toEqual(['background stops'])
  })

  it('can be called once', async () => {
    const host = hostOf([part('a')])
    const started = host.start()
    await expect(host.start()).rejects.toEqual(invalidOperation)
    await started
    await expect(host.start()).rejects.toEqual(invalidOperation)
    const stopped = host.stop()
    await expect(host.start()).rejects.toEqual(invalidOperation)
    await stopped
    await expect(host.start()).rejects.toEqual(invalidOperation)
    await expect(host.run()).rejects.toEqual(invalidOperation)
    expect(events).toEqual(['a starts', 'a stops'])
    await host.disposeAsync()
    await expect(host.start()).rejects.toEqual(invalidOperation)
  })

  it('rejects when the host is disposed', async () => {
    const host = hostOf([part('a')])
    await host.disposeAsync()
    await expect(host.start()).rejects.toEqual(code('ERR_HOLDFAST_DISPOSED'))
    expect(() => host.services.createScope()).toThrow(code('ERR_HOLDFAST_DISPOSED'))
  })
})

it('hosted services are resolved like others', async () => {
  await using host = hostOf([part('a'), part('b')])
  await host.start()
  expect(host.services.getAll(HostedService).length).toBe(2)
})
