import { setImmediate as turn } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { createHost, createToken, ServiceCollection } from '../../../lib/hosting/index.js'
import { SuppressedError } from '../../../lib/index.js'
import {
  code,
  error,
  events,
  failing,
  hostOf,
  invalidOperation,
  part,
  rejectedByAbort,
  rejectionOf,
  Stubborn,
  until,
  warnings,
  watchHosts,
} from './host-fixtures.js'

watchHosts()

describe('Host.run()', () => {
  it('starts, waits until the host is stopped, and disposes of it', async () => {
    const Resource = createToken<Disposable>('Resource')
    const services = new ServiceCollection()
      .addSingleton(Resource, () => ({
        [Symbol.dispose]() {
          events.push('disposed')
        },
      }))
      .addHostedService(part('a', { start: (_signal, provider) => void provider.get(Resource) }))
    const host = createHost(services)
    const run = host.run()
    await until(() => events.includes('a starts'))
    await turn()
    expect(events).toEqual(['a starts'])
    expect([process.listenerCount('SIGINT'), process.listenerCount('SIGTERM')]).toEqual([1, 1])
    await host.stop()
    await run
    expect(events).toEqual(['a starts', 'a stops', 'disposed'])
  })

  it('rejects when the start fails, with the host disposed', async () => {
    const startError = error('not started')
    const host = hostOf([part('a'), part('b', { start: failing(startError) })])
    expect(await rejectionOf(host.run())).toBe(startError)
    expect(events).toEqual(['a starts', 'b starts', 'a stops'])
    expect(() => host.services.createScope()).toThrow(code('ERR_HOLDFAST_DISPOSED'))
    await turn()
    expect(warnings).toEqual([])
  })

  it('resolves when the host is stopped while it starts', async () => {
    const host = hostOf([part('a', { start: rejectedByAbort })])
    const run = host.run()
    await until(() => events.includes('a starts'))
    await host.stop()
    await run
  })

  it('leaves a host alone that was started', async () => {
    await using host = hostOf([part('a')])
    await host.start()
    await expect(host.run()).rejects.toEqual(invalidOperation)
    expect(events).toEqual(['a starts'])
    host.services.createScope().dispose()
  })

  it('rejects with what stopping and disposing throws', async () => {
    const [stopError, disposalError] = [error('stop'), error('disposal')]
    const service = Object.assign(part('a', { stop: failing(stopError) })(), {
      [Symbol.dispose]: failing(disposalError),
    })
    const host = hostOf([() => service])
    const run = rejectionOf(host.run())
    await until(() => events.includes('a starts'))
    await expect(host.stop()).rejects.toBe(stopError)
    expect(await run).toMatchObject({ error: disposalError, suppressed: stopError })
    await host.disposeAsync()
  })
})

describe('Host.disposeAsync()', () => {
  it('stops the services, and disposes of them', async () => {
    const service = Object.assign(part('a')(), {
      async [Symbol.asyncDispose]() {
        events.push('a is disposed')
      },
    })
    {
      await using host = hostOf([() => service])
      await host.start()
    }
    expect(events).toEqual(['a starts', 'a stops', 'a is disposed'])
  })

  it('gives up a start that is under way', async () => {
    const host = hostOf([part('a', { start: rejectedByAbort })])
    const start = rejectionOf(host.start())
    await host.disposeAsync()
    expect(await start).toEqual(invalidOperation)
  })

  it('rejects with the errors of both', async () => {
    const [stopError, disposalError] = [error('stop'), error('disposal')]
    const service = Object.assign(part('a', { stop: failing(stopError) })(), {
      [Symbol.dispose]: failing(disposalError),
    })
    const host = hostOf([() => service])
    await host.start()
    const thrown = await rejectionOf(host.disposeAsync())
    expect(thrown).toBeInstanceOf(SuppressedError)
    expect(thrown).toMatchObject({ error: disposalError, suppressed: stopError })
  })

  it('does once what it does', async () => {
    const service = Object.assign(part('a')(), {
      [Symbol.dispose]() {
        events.push('a is disposed')
        throw error('disposal')
      },
    })
    const host = hostOf([() => service])
    await host.start()
    const both = [host.disposeAsync(), host.disposeAsync()]
    expect(await Promise.all(both.map(rejectionOf))).toEqual([error('disposal'), error('disposal')])
    await host.disposeAsync()
    await host.stop()
    expect(events).toEqual(['a starts', 'a stops', 'a is disposed'])
  })

  it('ends what is left when services do not stop in time', async () => {
    const stubborn = new Stubborn()
    const host = hostOf([() => stubborn], { shutdownTimeoutMs: 10 })
    await host.start()
    await turn()
    await expect(host.disposeAsync()).rejects.toEqual(invalidOperation)
    expect(() => host.services.createScope()).toThrow(code('ERR_HOLDFAST_DISPOSED'))
    stubborn.finish()
  })
})
