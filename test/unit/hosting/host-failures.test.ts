import { once } from 'node:events'
import { setImmediate as turn } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { ServiceProvider } from '../../../lib/hosting/index.js'
import {
  Background,
  code,
  error,
  events,
  failing,
  hostOf,
  part,
  rejectedByAbort,
  rejectionOf,
  until,
  untilAborted,
  warnings,
  watchHosts,
} from './host-fixtures.js'

watchHosts()

describe('an error of a background service', () => {
  it('makes the host stop, and stop reject with it', async () => {
    const workError = error('the work failed')
    await using host = hostOf([part('a'), () => new Background(failing(workError)), part('b')])
    await host.start()
    const stop = rejectionOf(once(process, 'warning').then(() => host.stop()))
    expect(await stop).toBe(workError)
    expect(events).toEqual(['a starts', 'b starts', 'b stops', 'background stops', 'a stops'])
    expect(await rejectionOf(host.stop())).toBe(workError)
  })

  it('makes run reject with it, when the host is stopped and disposed', async () => {
    const workError = error('the work failed')
    const host = hostOf([part('a'), () => new Background(() => Promise.reject(workError))])
    expect(await rejectionOf(host.run())).toBe(workError)
    expect(events).toEqual(['a starts', 'background stops', 'a stops'])
    expect(() => host.services.get(ServiceProvider)).toThrow(code('ERR_HOLDFAST_DISPOSED'))
    await turn()
    expect(warnings).toEqual([])
  })

  it('can be anything', async () => {
    await using host = hostOf([() => new Background(failing(undefined))])
    expect(await rejectionOf(host.run())).toBeUndefined()
  })

  it('comes first when more goes wrong', async () => {
    const [workError, stopError] = [error('work'), error('stop')]
    await using host = hostOf([part('a', { stop: failing(stopError) }), () => new Background(failing(workError))])
    expect(await rejectionOf(host.run())).toMatchObject({ error: stopError, suppressed: workError })
  })

  it('counts during the stop, too, unless it is the end that was asked for', async () => {
    const workError = error('while it ends')
    const background = new Background(async (signal) => {
      await untilAborted(signal)
      throw workError
    })
    await using host = hostOf([() => background, () => new Background(rejectedByAbort)])
    await host.start()
    await turn()
    expect(await rejectionOf(host.stop())).toBe(workError)
  })

  it('is no matter of those that return early', async () => {
    const background = new Background(async () => {})
    await using host = hostOf([part('a'), () => background])
    await host.start()
    await background.executing
    await turn()
    expect(events).toEqual(['a starts'])
    await host.stop()
  })

  it('gives up a start that is under way, which rejects with it', async () => {
    const workError = error('the work failed')
    await using host = hostOf([() => new Background(failing(workError)), part('b', { start: rejectedByAbort })])
    expect(await rejectionOf(host.start())).toBe(workError)
    expect(await rejectionOf(host.stop())).toBe(workError)
    expect(events).toEqual(['b starts', 'background stops'])
  })

  it('is heard while an override of start goes on', async () => {
    const workError = error('the work failed')
    class SlowStart extends Background {
      override async start(signal: AbortSignal, services: ServiceProvider) {
        await turn()
        await super.start(signal, services)
        await rejectedByAbort(signal)
      }
    }
    await using host = hostOf([() => new SlowStart(failing(workError))])
    expect(await rejectionOf(host.start())).toBe(workError)
  })

  it('is told by a process warning when nobody asks', async () => {
    const host = hostOf([() => new Background(failing(error('the work failed')))])
    await host.start()
    await until(() => warnings.length > 0)
    expect(warnings).toEqual([code('HOLDFAST_BACKGROUND_ERROR')])
    expect(warnings[0]?.message).toContain('the work failed')
    expect(process.listenerCount('beforeExit')).toBe(1)
    await expect(host.disposeAsync()).rejects.toThrow('the work failed')
    expect(process.listenerCount('beforeExit')).toBe(0)
  })

  it('is not told twice, by the end of a block that has asked', async () => {
    const block = async () => {
      await using host = hostOf([() => new Background(failing('the work failed'))])
      await host.start()
      await turn()
      await host.stop()
    }
    expect(await rejectionOf(block())).toBe('the work failed')
    expect(warnings).toEqual([])
  })

  it('is told by a process warning, and nothing else, when it is to be ignored', async () => {
    const background = new Background(failing(error('the work failed')))
    await using host = hostOf([part('a'), () => background], { onBackgroundError: 'ignore' })
    await host.start()
    await until(() => warnings.length > 0)
    expect(warnings).toEqual([code('HOLDFAST_BACKGROUND_ERROR')])
    expect(warnings[0]?.message).toMatch(/Background failed: Error: the work failed/)
    await turn()
    expect(events).toEqual(['a starts'])
    await host.stop()
    expect(warnings.length).toBe(1)
  })
})
