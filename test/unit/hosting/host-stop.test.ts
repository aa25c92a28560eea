import { setImmediate as turn } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import type { Host, HostedService } from '../../../lib/hosting/index.js'
import {
  Background,
  code,
  error,
  events,
  failing,
  hostOf,
  invalidOperation,
  nothing,
  part,
  rejectedByAbort,
  rejectionOf,
  Stubborn,
  until,
  untilAborted,
  warnings,
  watchHosts,
} from './host-fixtures.js'

watchHosts()

describe('Host.stop()', () => {
  it('does nothing before the start', async () => {
    await using host = hostOf([part('a')])
    await host.stop()
    expect(events).toEqual([])
    await host.start()
    expect(events).toEqual(['a starts'])
  })

  it('stops one service after the other, in the reverse order', async () => {
    await using host = hostOf([
      part('a'),
      part('b', {
        async stop() {
          await turn()
          events.push('b has stopped')
        },
      }),
    ])
    await host.start()
    await host.stop()
    expect(events).toEqual(['a starts', 'b starts', 'b stops', 'b has stopped', 'a stops'])
  })

  it('stops all when one fails, and rejects with its error', async () => {
    const stopError = error('b does not stop')
    await using host = hostOf([part('a'), part('b', { stop: failing(stopError) })])
    await host.start()
    expect(await rejectionOf(host.stop())).toBe(stopError)
    expect(events).toEqual(['a starts', 'b starts', 'b stops', 'a stops'])
  })

  it('rejects with several errors as a SuppressedError', async () => {
    const [first, second] = [error('b'), error('a')]
    await using host = hostOf([part('a', { stop: failing(second) }), part('b', { stop: failing(first) })])
    await host.start()
    expect(await rejectionOf(host.stop())).toMatchObject({ error: second, suppressed: first })
  })

  it('settles as the first call when it is called again, whenever that is', async () => {
    const stopError = error('a does not stop')
    const host = hostOf([part('a', { stop: failing(stopError) })])
    await host.start()
    const both = [host.stop(), host.stop()]
    expect(await Promise.all(both.map(rejectionOf))).toEqual([stopError, stopError])
    expect(await rejectionOf(host.stop())).toBe(stopError)
    await host.disposeAsync()
    expect(await rejectionOf(host.stop())).toBe(stopError)
    expect(events).toEqual(['a starts', 'a stops'])
  })

  it('gives up a start that is under way, and stops what has started', async () => {
    await using host = hostOf([part('a'), part('b', { start: rejectedByAbort }), part('c')])
    const start = rejectionOf(host.start())
    await until(() => events.includes('b starts'))
    await host.stop()
    expect(await start).toEqual(invalidOperation)
    expect(events).toEqual(['a starts', 'b starts', 'a stops'])
  })

  it('stops the service, too, that starts in spite of it', async () => {
    await using host = hostOf([part('a', { start: untilAborted }), part('b')])
    const start = rejectionOf(host.start())
    await until(() => events.includes('a starts'))
    await host.stop()
    expect(await start).toEqual(invalidOperation)
    expect(events).toEqual(['a starts', 'a stops'])
  })

  it('starts nothing when it is called while services are made', async () => {
    await using host = hostOf([async () => part('a')()])
    const start = rejectionOf(host.start())
    await host.stop()
    expect(await start).toEqual(invalidOperation)
    expect(events).toEqual([])
  })

  it('rejects with what a start that was given up throws, as start does', async () => {
    const startError = error('something else')
    await using host = hostOf([
      part('a', {
        async start(signal) {
          await untilAborted(signal)
          throw startError
        },
      }),
    ])
    const start = rejectionOf(host.start())
    await until(() => events.includes('a starts'))
    expect(await rejectionOf(host.stop())).toBe(startError)
    expect(await start).toBe(startError)
  })

  it('can be called by a listener of the start that it has given up', async () => {
    const host: Host = hostOf([
      part('a', {
        async start(signal) {
          signal.addEventListener('abort', () => void host.stop())
          await rejectedByAbort(signal)
        },
      }),
    ])
    const start = rejectionOf(host.start())
    await until(() => events.includes('a starts'))
    await host.stop()
    expect(await start).toEqual(invalidOperation)
    await host.disposeAsync()
  })
})

describe('the shutdown timeout', () => {
  const options = { shutdownTimeoutMs: 20 }

  it('is not noticed by services that stop in time', async () => {
    let signal: AbortSignal | undefined
    const timersBefore = process.getActiveResourcesInfo().filter((one) => one === 'Timeout').length
    const stop = (given: AbortSignal) => {
      signal = given
    }
    await using host = hostOf([part('a', { stop })])
    await host.start()
    await host.stop()
    expect(signal?.aborted).toBe(false)
    expect(process.getActiveResourcesInfo().filter((one) => one === 'Timeout').length).toBe(timersBefore)
  })

  it('lets stop reject, naming the background service that ignores its signal', async () => {
    const stubborn = new Stubborn()
    await using host = hostOf([part('a'), () => stubborn, part('b')], options)
    await host.start()
    await turn()
    const thrown = await rejectionOf(host.stop())
    expect(thrown).toEqual(invalidOperation)
    expect((thrown as Error).message).toMatch(/20 ms\. Still running: Stubborn\./)
    expect(events).toEqual(['a starts', 'b starts', 'b stops', 'a stops'])
    stubborn.finish()
    await stubborn.executing
  })

  it('aborts the signal of the stop that takes too long, which counts as still running', async () => {
    await using host = hostOf([part('Slow', { stop: rejectedByAbort })], options)
    await host.start()
    const thrown = await rejectionOf(host.stop())
    expect(thrown).toEqual(invalidOperation)
    expect((thrown as Error).message).toContain('Slow')
  })

  it('covers the whole stop, and names all who do not end', async () => {
    let aborted: boolean | undefined
    const stop = (signal: AbortSignal) => {
      aborted = signal.aborted
    }
    const stubborn = new Stubborn()
    const hanging = { stop: () => new Promise<void>(nothing) }
    await using host = hostOf(
      [
        part('Late', { stop }),
        () => new Background(untilAborted),
        () => stubborn,
        part('Hanging', hanging),
        part('Slow', { stop: untilAborted }),
      ],
      options,
    )
    await host.start()
    await turn()
    const thrown = await rejectionOf(host.stop())
    expect((thrown as Error).message).toMatch(/Still running: Slow, Hanging, Stubborn\./)
    expect(aborted).toBe(true)
    stubborn.finish()
  })

  it('comes after the other errors', async () => {
    const stopError = error('does not stop')
    await using host = hostOf([part('Slow', { stop: untilAborted }), part('b', { stop: failing(stopError) })], options)
    await host.start()
    expect(await rejectionOf(host.stop())).toMatchObject({ error: invalidOperation, suppressed: stopError })
  })

  it('covers a start that cannot be given up, and what starts too late is stopped', async () => {
    let finish = nothing
    await using host = hostOf(
      [part('a'), part('Hanging', { start: () => new Promise((resolve) => (finish = resolve)) })],
      options,
    )
    const start = rejectionOf(host.start())
    await until(() => events.includes('Hanging starts'))
    const thrown = await rejectionOf(host.stop())
    expect((thrown as Error).message).toContain('the start of Hanging')
    expect(await start).toBe(thrown)
    expect(events.at(-1)).toBe('a stops')
    finish()
    await until(() => events.includes('Hanging stops'))
  })

  it('has what fails to start too late told by a process warning, and does not stop it', async () => {
    let fail = nothing
    const hanging = () => new Promise<void>((_resolve, reject) => (fail = () => reject(error('too late'))))
    await using host = hostOf([part('Hanging', { start: hanging })], options)
    const start = rejectionOf(host.start())
    await until(() => events.includes('Hanging starts'))
    await expect(host.stop()).rejects.toEqual(invalidOperation)
    fail()
    await start
    await until(() => warnings.length > 0)
    expect([warnings, events]).toEqual([[code('HOLDFAST_BACKGROUND_ERROR')], ['Hanging starts']])
  })

  it('covers services that are not made in time', async () => {
    await using host = hostOf([() => new Promise<HostedService>(nothing)], options)
    const start = rejectionOf(host.start())
    expect(((await rejectionOf(host.stop())) as Error).message).toContain('the construction of the hosted services')
    expect(await start).toEqual(invalidOperation)
  })

  it('has errors that come later told by a process warning', async () => {
    let fail = nothing
    const failLater = () => new Promise<void>((_resolve, reject) => (fail = () => reject(error('much later'))))
    await using host = hostOf([part('Slow', { stop: failLater })], options)
    await host.start()
    await expect(host.stop()).rejects.toEqual(invalidOperation)
    fail()
    await until(() => warnings.length > 0)
    expect(warnings).toEqual([code('HOLDFAST_BACKGROUND_ERROR')])
    expect(warnings[0]?.message).toMatch(/Slow.*much later/)
  })
})
