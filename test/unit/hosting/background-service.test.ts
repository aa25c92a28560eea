import { setImmediate as turn } from 'node:timers/promises'
import { afterEach, describe, expect, expectTypeOf, it } from 'vitest'
import { BackgroundService, type HostedService, ServiceCollection } from '../../../lib/hosting/index.js'

const code = (expected: string) => expect.objectContaining({ code: expected })

const provider = new ServiceCollection().build()
const never = new AbortController().signal

/** What happened, in order. */
let events: string[] = []
afterEach(() => {
  events = []
})

class Work extends BackgroundService {
  readonly #body: (signal: AbortSignal) => Promise<void>

  constructor(body: (signal: AbortSignal) => Promise<void>) {
    super()
    this.#body = body
  }

  protected override execute(signal: AbortSignal): Promise<void> {
    events.push('execute begins')
    return this.#body(signal)
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve()))
}

async function untilAborted(signal: AbortSignal): Promise<void> {
  await aborted(signal)
  events.push('execute ends')
}

describe('BackgroundService', () => {
  it('is a hosted service, and wants nothing of its subclasses but execute', () => {
    expectTypeOf<BackgroundService>().toExtend<HostedService>()
    expect(new Work(untilAborted).executing).toBeUndefined()
  })

  it('does not wait at its start for execute, nor begin it there', async () => {
    const service = new Work(untilAborted)
    await service.start(never, provider)
    events.push('started')
    await Promise.resolve()
    expect(events).toEqual(['started'])
    await turn()
    expect(events).toEqual(['started', 'execute begins'])
    await service.stop(never)
  })

  it('begins each execute in a turn of its own', async () => {
    const services = [new Work(untilAborted), new Work(untilAborted)]
    for (const service of services) {
      service.start(never, provider)
      setImmediate(() => events.push('a turn'))
    }
    await turn()
    expect(events).toEqual(['execute begins', 'a turn', 'execute begins', 'a turn'])
    for (const service of services) await service.stop(never)
  })

  it('has the promise of execute in executing', async () => {
    const service = new Work(async () => {})
    service.start(never, provider)
    await service.executing
    expect(events).toEqual(['execute begins'])
    await service.stop(never)
  })

  it('aborts the signal of execute at its stop, and waits for execute', async () => {
    const service = new Work(async (signal) => {
      await aborted(signal)
      events.push('aborted')
      await turn()
      events.push('execute ends')
    })
    service.start(never, provider)
    await turn()
    const stopped = service.stop(never)
    expect(events).toEqual(['execute begins'])
    await stopped
    expect(events).toEqual(['execute begins', 'aborted', 'execute ends'])
  })

  it('waits at its stop no longer than until the signal is aborted', async () => {
    let finish = () => {}
    const service = new Work(() => new Promise((resolve) => (finish = resolve)))
    service.start(never, provider)
    await turn()
    const patience = new AbortController()
    const stopped = service.stop(patience.signal)
    patience.abort()
    await stopped
    await service.stop(AbortSignal.abort())
    finish()
    await service.executing
  })

  it('can be stopped before execute has begun, which is not called then', async () => {
    const service = new Work(untilAborted)
    service.start(never, provider)
    await service.stop(never)
    await turn()
    expect(events).toEqual([])
  })

  it('can be stopped when it was not started, and again when it is stopped', async () => {
    const service = new Work(untilAborted)
    await service.stop(never)
    const other = new Work(untilAborted)
    other.start(never, provider)
    await other.stop(never)
    await other.stop(never)
    expect(events).toEqual([])
  })

  it('does not begin when its start is cancelled', async () => {
    const service = new Work(untilAborted)
    const reason = new Error('given up')
    expect(() => service.start(AbortSignal.abort(reason), provider)).toThrow(reason)
    await turn()
    expect(service.executing).toBeUndefined()
    expect(events).toEqual([])
  })

  it('is not stopped by the signal of its start', async () => {
    const start = new AbortController()
    const service = new Work(untilAborted)
    service.start(start.signal, provider)
    start.abort()
    await turn()
    expect(events).toEqual(['execute begins'])
    await service.stop(never)
  })

  it('is started once', async () => {
    const service = new Work(untilAborted)
    service.start(never, provider)
    expect(() => service.start(never, provider)).toThrow(code('ERR_HOLDFAST_INVALID_OPERATION'))
    await service.stop(never)
    expect(() => service.start(never, provider)).toThrow(code('ERR_HOLDFAST_INVALID_OPERATION'))
  })

  it('has the error of execute in executing, and does not repeat it at its stop', async () => {
    for (const body of [
      () => Promise.reject('an error'),
      () => {
        throw 'an error'
      },
    ]) {
      const service = new Work(body)
      expect(() => service.start(never, provider)).not.toThrow()
      await expect(service.executing).rejects.toBe('an error')
      await service.stop(never)
    }
  })

  it('takes an AbortError after the stop for its end, and no other error', async () => {
    const failures = [
      { error: (signal: AbortSignal) => signal.reason, isEnd: true },
      { error: () => Object.assign(new Error('The operation was aborted'), { name: 'AbortError' }), isEnd: true },
      { error: () => new Error('no abort'), isEnd: false },
    ]
    for (const { error, isEnd } of failures) {
      const service = new Work(async (signal) => {
        await aborted(signal)
        throw error(signal)
      })
      service.start(never, provider)
      await turn()
      await service.stop(never)
      if (isEnd) await service.executing
      else await expect(service.executing).rejects.toThrow('no abort')
    }
  })

  it('takes an AbortError before the stop for an error', async () => {
    const service = new Work(() => Promise.reject(new DOMException('early', 'AbortError')))
    service.start(never, provider)
    await expect(service.executing).rejects.toThrow('early')
  })
})
