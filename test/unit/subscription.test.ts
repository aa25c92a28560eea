import { EventEmitter } from 'node:events'
import { inspect } from 'node:util'
import { afterEach, describe, expect, expectTypeOf, it } from 'vitest'
import { GC, handleStatistics, liveHandles, Subscription, subscribe } from '../../lib/index.js'

const code = (expected: string) => expect.objectContaining({ code: expected })
const anything = (value: unknown) => value as never
const live = () => liveHandles('Subscription')

afterEach(() => expect(live()).toBe(0))

/** The same event on either sort of target. */
const SOURCES = [
  [
    'an EventEmitter',
    () => {
      const emitter = new EventEmitter()
      return { target: emitter, fire: () => emitter.emit('ping', 1, 2), listeners: () => emitter.listenerCount('ping') }
    },
  ],
  [
    'an object with addListener and removeListener',
    () => {
      const emitter = new EventEmitter()
      const target = {
        addListener: (event: string, listener: () => void) => emitter.on(event, listener),
        removeListener: (event: string, listener: () => void) => emitter.off(event, listener),
      }
      return { target, fire: () => emitter.emit('ping', 1, 2), listeners: () => emitter.listenerCount('ping') }
    },
  ],
  [
    'an EventTarget',
    () => {
      const added = new Set<unknown>()
      class Counting extends EventTarget {
        override addEventListener(...args: Parameters<EventTarget['addEventListener']>): void {
          added.add(args[1])
          super.addEventListener(...args)
        }
        override removeEventListener(...args: Parameters<EventTarget['removeEventListener']>): void {
          added.delete(args[1])
          super.removeEventListener(...args)
        }
      }
      const target = new Counting()
      return { target, fire: () => target.dispatchEvent(new Event('ping')), listeners: () => added.size }
    },
  ],
] as const

describe.each(SOURCES)('a subscription to %s', (_, make) => {
  const subscribeTo = (target: unknown, listener: () => void, options?: object) =>
    subscribe(anything(target), 'ping', listener, options)

  it('listens until it is disposed, and is counted until then', () => {
    const { target, fire, listeners } = make()
    let calls = 0
    const subscription = subscribeTo(target, () => calls++)
    expect(subscription).toBeInstanceOf(Subscription)
    fire()
    fire()
    expect([calls, live(), listeners(), subscription.isDisposed]).toEqual([2, 1, 1, false])
    subscription.dispose()
    subscription.dispose()
    subscription[Symbol.dispose]()
    fire()
    expect([calls, live(), listeners(), subscription.isDisposed]).toEqual([2, 0, 0, true])
  })

  it('ends with its using block', () => {
    const { target, listeners } = make()
    {
      using subscription = subscribeTo(target, () => {})
      expect([subscription.isDisposed, listeners()]).toEqual([false, 1])
    }
    expect(listeners()).toBe(0)
  })

  it('with `once` is disposed before its listener is called, also when that fires the event again', () => {
    const { target, fire, listeners } = make()
    const seen: unknown[] = []
    const subscription = subscribeTo(
      target,
      () => {
        seen.push([subscription.isDisposed, live()])
        fire()
      },
      { once: true },
    )
    fire()
    fire()
    expect([seen, listeners()]).toEqual([[[true, 0]], 0])
  })

  it('with a signal is disposed when that is aborted', () => {
    const { target, fire, listeners } = make()
    const controller = new AbortController()
    let calls = 0
    const subscription = subscribeTo(target, () => calls++, { signal: controller.signal })
    fire()
    controller.abort()
    fire()
    expect([calls, subscription.isDisposed, listeners(), live()]).toEqual([1, true, 0, 0])
  })

  it('with a signal that is aborted already never listens, and is disposed from the start', () => {
    const { target, listeners } = make()
    const subscription = subscribeTo(target, () => {}, { signal: AbortSignal.abort() })
    expect([subscription.isDisposed, listeners(), live()]).toEqual([true, 0, 0])
  })

  it('leaves nothing on the signal when it is disposed first', () => {
    const { target } = make()
    const controller = new AbortController()
    let listeners = 0
    const signal = controller.signal
    const { addEventListener, removeEventListener } = signal
    signal.addEventListener = (...args: unknown[]) => {
      listeners++
      addEventListener.apply(signal, anything(args))
    }
    signal.removeEventListener = (...args: unknown[]) => {
      listeners--
      removeEventListener.apply(signal, anything(args))
    }
    const subscription = subscribeTo(target, () => {}, { signal })
    expect(listeners).toBe(1)
    subscription.dispose()
    expect(listeners).toBe(0)
  })

  it('is independent of another one of the same listener', () => {
    const { target, fire } = make()
    let calls = 0
    const listener = () => void calls++
    using first = subscribeTo(target, listener)
    using second = subscribeTo(target, listener)
    fire()
    expect(calls).toBe(2)
    first.dispose()
    fire()
    expect([calls, second.isDisposed]).toEqual([3, false])
  })

  it('that is disposed by an earlier listener of the same event is not called any more', () => {
    const { target, fire } = make()
    const seen: string[] = []
    using _ = subscribeTo(target, () => {
      seen.push('first')
      second.dispose()
    })
    const second = subscribeTo(target, () => seen.push('second'))
    fire()
    expect(seen).toEqual(['first'])
  })

  it('that was forgotten goes on listening and stays counted, and goes with its target', async () => {
    const before = handleStatistics().kinds['Subscription']
    let calls = 0
    let source: ReturnType<typeof make> | undefined
    ;(() => {
      source = make()
      subscribeTo(source.target, () => calls++)
    })()
    GC.collect()
    await GC.waitForPendingFinalizers()
    source?.fire()
    expect([calls, live()]).toEqual([1, 1])
    source = undefined
    GC.collect()
    expect(live()).toBe(0)
    const after = handleStatistics().kinds['Subscription']
    expect((after?.finalized ?? 0) - (before?.finalized ?? 0)).toBe(1)
  })

  it('with a signal that lives on goes with its target all the same, and leaves nothing on the signal', () => {
    const { signal } = new AbortController()
    const added: unknown[] = []
    const { addEventListener, removeEventListener } = signal
    signal.addEventListener = (...args: unknown[]) => {
      added.push(args[1])
      addEventListener.apply(signal, anything(args))
    }
    signal.removeEventListener = (...args: unknown[]) => {
      added.splice(added.indexOf(args[1]), 1)
      removeEventListener.apply(signal, anything(args))
    }
    ;(() => subscribeTo(make().target, () => {}, { signal }))()
    expect([live(), added.length]).toEqual([1, 1])
    GC.collect()
    expect([live(), added.length]).toEqual([0, 0])
  })
})

it.each([1, 'signal', null, {}])('takes no signal that is none: %j', (signal) => {
  const subscribeWith = () => subscribe(new EventEmitter(), 'ping', () => {}, { signal: signal as never })
  expect(subscribeWith).toThrow(expect.objectContaining({ code: 'ERR_INVALID_ARG_TYPE' }))
})

it('can be suppressed, and listen on', () => {
  const emitter = new EventEmitter()
  let calls = 0
  using subscription = subscribe(emitter, 'ping', () => calls++)
  GC.suppressFinalize(subscription)
  GC.reRegisterForFinalize(subscription)
  GC.collect()
  emitter.emit('ping')
  expect(calls).toBe(1)
})

it('a signal that knows the target goes with it, and the subscription with both', async () => {
  ;(() => {
    const controller = new AbortController()
    const emitter = new EventEmitter()
    const { signal } = controller
    signal.addEventListener('abort', () => emitter.emit('ping'))
    subscribe(emitter, 'ping', () => controller, { signal })
  })()
  GC.collect()
  // The subscription's WeakRef keeps the signal to the end of this job.
  await new Promise((resolve) => setImmediate(resolve))
  GC.collect()
  expect(live()).toBe(0)
})

describe('the listener', () => {
  it('of an EventEmitter gets its arguments, and the emitter for `this`', () => {
    const emitter = new EventEmitter()
    const seen: unknown[] = []
    using _ = subscribe(emitter, 'ping', function (this: unknown, ...args: unknown[]) {
      seen.push(this, ...args)
    })
    emitter.emit('ping', 1, 'two')
    expect(seen).toEqual([emitter, 1, 'two'])
  })

  it('of an EventEmitter is the one that off() takes, and that listeners() shows', () => {
    const emitter = new EventEmitter()
    let calls = 0
    const listener = () => void calls++
    const subscription = subscribe(emitter, 'ping', listener)
    expect(emitter.listeners('ping')).toEqual([listener])
    emitter.off('ping', listener)
    emitter.emit('ping')
    expect([calls, emitter.listenerCount('ping')]).toEqual([0, 0])
    subscription.dispose()
  })

  it('of an EventEmitter may be asynchronous: the emitter sees its rejection', async () => {
    const emitter = new EventEmitter({ captureRejections: true })
    using _ = subscribe(emitter, 'ping', async () => {
      throw new Error('later')
    })
    const failed = new Promise((resolve) => emitter.once('error', resolve))
    emitter.emit('ping')
    expect(await failed).toMatchObject({ message: 'later' })
  })

  it('of an EventTarget gets the event, and the target for `this`; as an object it is its own `this`', () => {
    const target = new EventTarget()
    const seen: unknown[] = []
    using _f = subscribe(target, 'ping', function (this: unknown, event) {
      seen.push(this, event.type)
    })
    const object = {
      handleEvent(event: Event) {
        seen.push(this, event.type)
      },
    }
    using _o = subscribe(target, 'ping', object)
    target.dispatchEvent(new Event('ping'))
    expect(seen).toEqual([target, 'ping', object, 'ping'])
  })

  it('of an event under a symbol is called', () => {
    const emitter = new EventEmitter()
    const event = Symbol('event')
    let calls = 0
    using _ = subscribe(emitter, event, () => calls++)
    emitter.emit(event)
    expect(calls).toBe(1)
  })

  it('may throw: what it throws goes where the target sends it, with `once` after the disposal', () => {
    const emitter = new EventEmitter()
    const failing = () => {
      throw new Error('listener')
    }
    const subscription = subscribe(emitter, 'ping', failing, { once: true })
    expect(() => emitter.emit('ping')).toThrow('listener')
    expect(subscription.isDisposed).toBe(true)
  })
})

describe('options', () => {
  it('tell an EventTarget what capture and passive are, and take it off with the same', () => {
    const calls: unknown[][] = []
    const target = {
      addEventListener: (...args: unknown[]) => calls.push(['add', args[0], args[2]]),
      removeEventListener: (...args: unknown[]) => calls.push(['remove', args[0], args[2]]),
    }
    const options = { capture: true, passive: true }
    subscribe(anything(target), 'ping', () => {}, { ...options, once: true }).dispose()
    expect(calls).toEqual([
      ['add', 'ping', options],
      ['remove', 'ping', options],
    ])
  })

  it('do not reach an EventEmitter', () => {
    const calls: number[] = []
    const target = {
      on: (...args: unknown[]) => calls.push(args.length),
      off: (...args: unknown[]) => calls.push(args.length),
    }
    subscribe(target, 'ping', () => {}, { capture: true }).dispose()
    expect(calls).toEqual([2, 2])
  })
})

describe('bad arguments', () => {
  it.each([[undefined], [null], [1], ['text'], [{}], [{ on() {} }], [{ addEventListener() {} }], [() => {}]])(
    '%s is no target',
    (target) => {
      expect(() => subscribe(anything(target), 'ping', () => {})).toThrow(code('ERR_INVALID_ARG_TYPE'))
    },
  )

  it.each<[string, unknown, unknown, unknown, unknown]>([
    ['an event that is a number', new EventEmitter(), 1, () => {}, undefined],
    ['an event that is missing', new EventTarget(), undefined, () => {}, undefined],
    ['a symbol, for an EventTarget', new EventTarget(), Symbol('s'), () => {}, undefined],
    ['a listener that is missing', new EventEmitter(), 'ping', undefined, undefined],
    ['an object for a listener, for an EventEmitter', new EventEmitter(), 'ping', { handleEvent() {} }, undefined],
    ['an object without handleEvent', new EventTarget(), 'ping', {}, undefined],
    ['null for a listener', new EventTarget(), 'ping', null, undefined],
    ['options that are a boolean', new EventTarget(), 'ping', () => {}, true],
    ['null for options', new EventEmitter(), 'ping', () => {}, null],
    ['once that is a number', new EventEmitter(), 'ping', () => {}, { once: 1 }],
    ['capture that is a text', new EventTarget(), 'ping', () => {}, { capture: 'yes' }],
    ['passive that is null', new EventTarget(), 'ping', () => {}, { passive: null }],
    ['a signal that is none', new EventEmitter(), 'ping', () => {}, { signal: {} }],
    ['a controller for a signal', new EventEmitter(), 'ping', () => {}, { signal: new AbortController() }],
  ])('are refused before anything is opened: %s', (_, target, event, listener, options) => {
    const opened = handleStatistics().opened
    expect(() => subscribe(anything(target), anything(event), anything(listener), anything(options))).toThrow(
      code('ERR_INVALID_ARG_TYPE'),
    )
    expect(handleStatistics().opened).toBe(opened)
  })
})

describe('a target that refuses', () => {
  it('to add a listener: its error is thrown, and nothing stays open', () => {
    const emitter = new EventEmitter()
    emitter.on('newListener', () => {
      throw new Error('no more')
    })
    expect(() => subscribe(emitter, 'ping', () => {})).toThrow('no more')
    expect(live()).toBe(0)
  })

  it('to take one off: its error is thrown by dispose(), and the subscription is disposed', () => {
    const emitter = new EventEmitter()
    let calls = 0
    const subscription = subscribe(emitter, 'ping', () => calls++)
    emitter.off = () => {
      throw new Error('stuck')
    }
    expect(() => subscription.dispose()).toThrow('stuck')
    emitter.emit('ping')
    expect([subscription.isDisposed, live(), calls]).toEqual([true, 0, 0])
  })
})

describe('a subscription that is not to be finalized', () => {
  it('is still disposed by its signal', () => {
    const emitter = new EventEmitter()
    const controller = new AbortController()
    ;(() => GC.suppressFinalize(subscribe(emitter, 'ping', () => {}, { signal: controller.signal })))()
    GC.collect()
    controller.abort()
    expect(emitter.listenerCount('ping')).toBe(0)
  })
})

describe('types', () => {
  it('come from the event map of an EventEmitter', () => {
    const sensor = new EventEmitter<{ reading: [value: number, unit: string] }>()
    using _ = subscribe(sensor, 'reading', (value, unit) => {
      expectTypeOf(value).toEqualTypeOf<number>()
      expectTypeOf(unit).toEqualTypeOf<string>()
    })
    using _t = subscribe(new EventTarget(), 'ping', (event) => expectTypeOf(event).toEqualTypeOf<Event>())
    using _p = subscribe(process, 'beforeExit', (code) => expectTypeOf(code).toBeAny())
  })
})

describe('util.inspect', () => {
  it('shows event and state, and nothing of the target', () => {
    const subscription = subscribe(new EventEmitter(), 'ping', () => {})
    expect(inspect(subscription)).toBe("Subscription { event: 'ping', state: 'open' }")
    subscription.dispose()
    expect(inspect(subscription)).toBe("Subscription { event: 'ping', state: 'disposed' }")
  })
})
