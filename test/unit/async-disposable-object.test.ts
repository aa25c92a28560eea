import { describe, expect, it } from 'vitest'
import { AsyncDisposableObject } from '../../lib/index.js'

const code = (expected: string) => expect.objectContaining({ code: expected })

/** Closes when it is told to. */
class Channel extends AsyncDisposableObject {
  readonly seen: string[] = []
  finish: (error?: Error) => void = () => {}

  send(what: string): void {
    this.throwIfDisposed()
    this.seen.push(what)
  }

  protected override async disposeAsyncCore(): Promise<void> {
    this.send('last words')
    await new Promise<void>((resolve, reject) => {
      this.finish = (error) => (error === undefined ? resolve() : reject(error))
    })
    this.seen.push('closed')
  }
}

/** Can close at once, too. */
class QuickChannel extends Channel {
  protected override disposeCore(): void {
    this.send('closed at once')
  }
}

const settled = (promise: Promise<unknown>) => {
  let done = false
  promise.then(
    () => (done = true),
    () => (done = true),
  )
  return async () => {
    await new Promise((resolve) => setImmediate(resolve))
    return done
  }
}

describe('disposeAsync()', () => {
  it('runs disposeAsyncCore once; called again, it settles with the first call', async () => {
    const channel = new Channel()
    const first = channel.disposeAsync()
    const second = channel[Symbol.asyncDispose]()
    const isSettled = settled(Promise.all([first, second]))
    expect(channel.isDisposed).toBe(true)
    expect(await isSettled()).toBe(false)
    channel.finish()
    await Promise.all([first, second])
    await channel.disposeAsync()
    expect(channel.seen).toEqual(['last words', 'closed'])
  })

  it('runs at the end of an await using block', async () => {
    const channel = new Channel()
    const block = (async () => {
      await using used = channel
      used.send('hello')
    })()
    await new Promise((resolve) => setImmediate(resolve))
    channel.finish()
    await block
    expect(channel.seen).toEqual(['hello', 'last words', 'closed'])
  })

  it('lets members work up to the first await of disposeAsyncCore, and for nobody else', () => {
    const channel = new Channel()
    void channel.disposeAsync()
    expect(channel.seen).toEqual(['last words'])
    expect(() => channel.send('more')).toThrow(code('ERR_HOLDFAST_DISPOSED'))
    channel.finish()
  })

  it('rejects with what disposeAsyncCore throws, for every caller; the object counts as disposed', async () => {
    const channel = new Channel()
    const failure = new Error('broken')
    const calls = [channel.disposeAsync(), channel.disposeAsync()]
    channel.finish(failure)
    expect(await Promise.allSettled([...calls, channel.disposeAsync()])).toEqual(
      Array.from({ length: 3 }, () => ({ status: 'rejected', reason: failure })),
    )
    expect(channel.isDisposed).toBe(true)
  })

  it('rejects, and does not throw, when disposeAsyncCore throws at once', async () => {
    class Throwing extends AsyncDisposableObject {
      protected override disposeAsyncCore(): Promise<void> {
        throw new Error('at once')
      }
    }
    await expect(new Throwing().disposeAsync()).rejects.toThrow('at once')
  })

  it('runs nothing of disposeCore', async () => {
    const channel = new QuickChannel()
    const disposal = channel.disposeAsync()
    channel.finish()
    await disposal
    expect(channel.seen).toEqual(['last words', 'closed'])
  })

  it('asked for within disposeAsyncCore does not wait for itself', async () => {
    class Impatient extends AsyncDisposableObject {
      protected override async disposeAsyncCore(): Promise<void> {
        await this.disposeAsync()
      }
    }
    await expect(new Impatient().disposeAsync()).resolves.toBeUndefined()
  })

  it('three levels deep awaits the cleanup of every level, derived ones first, whatever they throw', async () => {
    const order: string[] = []
    class Base extends AsyncDisposableObject {
      protected override async disposeAsyncCore(): Promise<void> {
        await null
        order.push('base')
      }
    }
    class Middle extends Base {
      protected override async disposeAsyncCore(): Promise<void> {
        try {
          await null
          order.push('middle')
          throw new Error('middle')
        } finally {
          await super.disposeAsyncCore()
        }
      }
    }
    class Top extends Middle {
      protected override async disposeAsyncCore(): Promise<void> {
        try {
          await null
          order.push('top')
          throw new Error('top')
        } finally {
          await super.disposeAsyncCore()
        }
      }
    }
    await expect(new Top().disposeAsync()).rejects.toThrow('middle')
    expect(order).toEqual(['top', 'middle', 'base'])
  })
})

describe('dispose()', () => {
  it('of a class that is asynchronous only is an error, and leaves the object open', async () => {
    const channel = new Channel()
    expect(() => channel.dispose()).toThrow(code('ERR_HOLDFAST_INVALID_OPERATION'))
    expect(() => {
      using used = channel
      used.send('still open')
    }).toThrow(code('ERR_HOLDFAST_INVALID_OPERATION'))
    expect([channel.isDisposed, channel.seen]).toEqual([false, ['still open']])
    const disposal = channel.disposeAsync()
    channel.finish()
    await disposal
  })

  it('of a class that calls super.disposeCore, as it should, does the same', () => {
    class Polite extends Channel {
      protected override disposeCore(): void {
        this.seen.push('closed politely')
        super.disposeCore()
      }
    }
    const channel = new Polite()
    channel.dispose()
    expect([channel.isDisposed, channel.seen]).toEqual([true, ['closed politely']])
  })

  it('of a class that overrides disposeCore runs that alone, once', async () => {
    const channel = new QuickChannel()
    channel.dispose()
    channel.dispose()
    await channel.disposeAsync()
    expect(channel.seen).toEqual(['closed at once'])
    expect(() => channel.send('more')).toThrow(code('ERR_HOLDFAST_DISPOSED'))
  })

  it('once an asynchronous disposal has begun does nothing, also where the class has no disposeCore', () => {
    const channel = new Channel()
    void channel.disposeAsync()
    channel.dispose()
    channel.finish()
    expect(channel.seen).toEqual(['last words'])
  })

  it('throws what disposeCore throws, once; the object counts as disposed', async () => {
    class Throwing extends QuickChannel {
      protected override disposeCore(): void {
        throw new Error('core')
      }
    }
    const channel = new Throwing()
    expect(() => channel.dispose()).toThrow('core')
    channel.dispose()
    await channel.disposeAsync()
    expect([channel.isDisposed, channel.seen]).toEqual([true, []])
  })
})
