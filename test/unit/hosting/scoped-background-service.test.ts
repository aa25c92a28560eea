import { setImmediate as turn } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import {
  createHost,
  createToken,
  currentScope,
  type Host,
  ScopedBackgroundService,
  ServiceCollection,
  type ServiceProvider,
} from '../../../lib/hosting/index.js'
import { liveHandles, SuppressedError } from '../../../lib/index.js'

const code = (expected: string) => expect.objectContaining({ code: expected })

/** What happened, in order. */
let events: string[] = []
let scopes = 0
beforeEach(() => {
  events = []
  scopes = liveHandles('ServiceScope')
})
afterEach(() => {
  vi.useRealTimers()
  expect(liveHandles('ServiceScope')).toBe(scopes)
})

class Session {
  static count = 0
  readonly id = ++Session.count

  async [Symbol.asyncDispose]() {
    await null
    events.push('session disposed')
  }
}

interface Iteration {
  /** Given how many iterations there were. */
  readonly interval?: (count: number) => unknown
  readonly iterate?: (services: ServiceProvider, signal: AbortSignal, count: number) => Promise<void> | undefined
}

/** Iterates as it is told, and can be waited for. */
class Work extends ScopedBackgroundService {
  readonly #interval: (count: number) => unknown
  readonly #iterate: Iteration['iterate']
  readonly #waiting: { count: number; resolve: () => void }[] = []
  count = 0

  constructor({ interval = () => 0, iterate }: Iteration) {
    super()
    this.#interval = interval
    this.#iterate = iterate
  }

  get interval(): number {
    return this.#interval(this.count) as number
  }

  iterations(count: number): Promise<void> {
    return new Promise((resolve) => {
      if (this.count >= count) resolve()
      else this.#waiting.push({ count, resolve })
    })
  }

  protected override async iterate(services: ServiceProvider, signal: AbortSignal): Promise<void> {
    this.count++
    events.push(`iteration ${this.count}`)
    for (const { count, resolve } of this.#waiting) if (this.count >= count) resolve()
    await this.#iterate?.(services, signal, this.count)
  }
}

function hostOf(work: ScopedBackgroundService): Host {
  return createHost(new ServiceCollection().addScoped(Session).addHostedService(() => work))
}

describe('ScopedBackgroundService', () => {
  it('has a field for the interval, and constructor and inject of its own', async () => {
    const Greeting = createToken<string>('Greeting')
    class Greeter extends ScopedBackgroundService {
      static readonly inject = [Greeting] as const
      readonly interval = 1000
      readonly #greeting: string
      constructor(greeting: string) {
        super()
        this.#greeting = greeting
      }
      protected override async iterate() {
        events.push(this.#greeting)
      }
    }
    const services = new ServiceCollection().addSingleton(Greeting, { instance: 'hello' }).addHostedService(Greeter)
    await using host = createHost(services)
    await host.start()
    await turn()
    await host.stop()
    expect(events).toEqual(['hello'])
  })

  it('gives each iteration a scope of its own, and disposes of it before the next', async () => {
    const ids: number[] = []
    const work = new Work({
      async iterate(services) {
        ids.push(services.get(Session).id)
        expect(services.get(Session).id).toBe(ids.at(-1))
        expect(currentScope()?.get(Session).id).toBe(ids.at(-1))
        await turn()
        expect(currentScope()?.get(Session).id).toBe(ids.at(-1))
      },
    })
    await using host = hostOf(work)
    await host.start()
    await work.iterations(3)
    await host.stop()
    expect(new Set(ids).size).toBe(ids.length)
    expect(events.slice(0, 5)).toEqual([
      'iteration 1',
      'session disposed',
      'iteration 2',
      'session disposed',
      'iteration 3',
    ])
    expect(events.at(-1)).toBe('session disposed')
  })

  it('iterates at once, and then when the interval has passed since the end of an iteration', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    let finish = () => {}
    const work = new Work({ interval: () => 1000, iterate: () => new Promise((resolve) => (finish = resolve)) })
    await using host = hostOf(work)
    await host.start()
    await work.iterations(1)
    await vi.advanceTimersByTimeAsync(5000)
    expect(work.count).toBe(1)
    finish()
    await turn()
    await vi.advanceTimersByTimeAsync(999)
    expect(work.count).toBe(1)
    await vi.advanceTimersByTimeAsync(1)
    expect(work.count).toBe(2)
    finish()
    await turn()
    await host.stop()
    expect(vi.getTimerCount()).toBe(0)
  })

  it('reads the interval anew after each iteration', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const work = new Work({ interval: (count) => count * 1000 })
    await using host = hostOf(work)
    await host.start()
    await work.iterations(1)
    await turn()
    await vi.advanceTimersByTimeAsync(1000)
    expect(work.count).toBe(2)
    await turn()
    await vi.advanceTimersByTimeAsync(1999)
    expect(work.count).toBe(2)
    await vi.advanceTimersByTimeAsync(1)
    expect(work.count).toBe(3)
  })

  it('lets others have their turn when the interval is 0', async () => {
    const work = new Work({ interval: () => 0 })
    await using host = hostOf(work)
    await host.start()
    await work.iterations(2)
    const turns = Array.from({ length: 3 }, () => turn())
    await Promise.all(turns)
    await host.stop()
  })

  it('waits for what was tracked in the scope of an iteration', async () => {
    let finish = () => {}
    const work = new Work({
      interval: () => 1_000_000,
      async iterate(services) {
        services.get(Session)
        services.track(new Promise<void>((resolve) => (finish = resolve)))
      },
    })
    await using host = hostOf(work)
    await host.start()
    await work.iterations(1)
    const stopped = host.stop()
    await turn()
    expect(events).toEqual(['iteration 1'])
    finish()
    await stopped
    expect(events).toEqual(['iteration 1', 'session disposed'])
  })

  it('ends at once when it is stopped between two iterations, and leaves no timer', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const work = new Work({ interval: () => 2 ** 31 - 1 })
    await using host = hostOf(work)
    await host.start()
    await work.iterations(1)
    await turn()
    expect(vi.getTimerCount()).toBe(1)
    await host.stop()
    expect(vi.getTimerCount()).toBe(0)
    expect(work.count).toBe(1)
  })

  it('is stopped in the middle of an iteration by its signal, with the scope disposed', async () => {
    const work = new Work({
      async iterate(services, signal) {
        services.get(Session)
        await new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
      },
    })
    await using host = hostOf(work)
    await host.start()
    await work.iterations(1)
    await host.stop()
    expect(events).toEqual(['iteration 1', 'session disposed'])
  })

  it('leaves no scope of an iteration that does not end in time', async () => {
    let finish = () => {}
    const work = new Work({
      iterate(services) {
        services.get(Session)
        return new Promise((resolve) => {
          finish = resolve
        })
      },
    })
    const services = new ServiceCollection().addScoped(Session).addHostedService(() => work)
    const host = createHost(services, { shutdownTimeoutMs: 10 })
    await host.start()
    await work.iterations(1)
    await expect(host.disposeAsync()).rejects.toEqual(code('ERR_HOLDFAST_INVALID_OPERATION'))
    expect(liveHandles('ServiceScope')).toBe(scopes)
    expect(events).toEqual(['iteration 1', 'session disposed'])
    finish()
    await work.executing
    expect(events).toEqual(['iteration 1', 'session disposed'])
  })

  it('ends with the error of an iteration, whose scope is disposed, and the host stops', async () => {
    const work = new Work({
      async iterate(services, _signal, count) {
        services.get(Session)
        if (count === 2) throw new Error('the second fails')
      },
    })
    await using host = hostOf(work)
    await expect(host.run()).rejects.toThrow('the second fails')
    expect(events).toEqual(['iteration 1', 'session disposed', 'iteration 2', 'session disposed'])
  })

  it('ends with what an iteration throws at once', async () => {
    const work = new Work({})
    Object.defineProperty(work, 'iterate', {
      value() {
        throw 'no error'
      },
    })
    await using host = hostOf(work)
    await expect(host.run()).rejects.toBe('no error')
  })

  describe('when a service of the scope cannot be disposed of', () => {
    const Broken = createToken<object>('Broken')
    const disposalError = new Error('from the disposer')
    function failingHost(work: ScopedBackgroundService): Host {
      const services = new ServiceCollection().addScoped(Broken, () => ({
        [Symbol.dispose]() {
          throw disposalError
        },
      }))
      return createHost(services.addHostedService(() => work))
    }

    it('ends with that error', async () => {
      const work = new Work({ iterate: async (services) => void services.get(Broken) })
      await using host = failingHost(work)
      await expect(host.run()).rejects.toBe(disposalError)
      expect(work.count).toBe(1)
    })

    it('ends with both errors when the iteration fails, too', async () => {
      const iterationError = new Error('from the iteration')
      const work = new Work({
        async iterate(services) {
          services.get(Broken)
          throw iterationError
        },
      })
      await using host = failingHost(work)
      const thrown = await host.run().catch((error: unknown) => error)
      expect(thrown).toBeInstanceOf(SuppressedError)
      expect(thrown).toMatchObject({ error: disposalError, suppressed: iterationError })
    })

    it('ends with that error alone when the iteration was asked to end', async () => {
      const work = new Work({
        async iterate(services, signal) {
          services.get(Broken)
          await new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
        },
      })
      await using host = failingHost(work)
      await host.start()
      await work.iterations(1)
      await expect(host.stop()).rejects.toBe(disposalError)
    })
  })

  it('does not start with an interval that is none', async () => {
    const wrong = [
      { interval: '1000', expected: 'ERR_INVALID_ARG_TYPE', type: TypeError },
      { interval: -1, expected: 'ERR_OUT_OF_RANGE', type: RangeError },
      { interval: 0.5, expected: 'ERR_OUT_OF_RANGE', type: RangeError },
      { interval: Number.NaN, expected: 'ERR_OUT_OF_RANGE', type: RangeError },
      { interval: 2 ** 31, expected: 'ERR_OUT_OF_RANGE', type: RangeError },
    ]
    for (const { interval, expected, type } of wrong) {
      const work = new Work({ interval: () => interval })
      await using host = hostOf(work)
      const thrown = await host.start().catch((error: unknown) => error)
      expect(thrown).toBeInstanceOf(type)
      expect(thrown).toEqual(code(expected))
      expect((thrown as Error).message).toContain('Work.interval')
      expect(work.executing).toBeUndefined()
    }
    expect(events).toEqual([])
  })

  it('ends with an error when the interval becomes none', async () => {
    await using host = hostOf(new Work({ interval: (count) => -count }))
    await expect(host.run()).rejects.toEqual(code('ERR_OUT_OF_RANGE'))
    expect(events).toEqual(['iteration 1'])
  })
})
