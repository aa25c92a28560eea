import { describe, expect, it } from 'vitest'
import { classifyLeak } from '../../../lib/recording/leak-class.js'
import type { SiteTotals } from '../../../lib/recording/recording.js'

const SECOND = 1000

function site(overrides: Partial<SiteTotals>): SiteTotals {
  return {
    kind: 'NativeBuffer',
    stack: [],
    opened: 10,
    openedBytes: 0,
    disposed: 10,
    finalized: 0,
    finalizedBytes: 0,
    transferred: 0,
    live: 0,
    liveBytes: 0,
    peakLive: 1,
    peakLiveBytes: 0,
    firstOpenedAt: 0,
    lastOpenedAt: 0,
    meanLifetime: 100,
    heldBy: [],
    ...overrides,
  }
}

const left = (...heldBy: string[]) => site({ disposed: 0, live: 10, heldBy })

describe('what is wrong with a place', () => {
  it('is nothing where all is disposed of', () => {
    expect(classifyLeak(site({}), SECOND)).toBeUndefined()
    expect(classifyLeak(site({ disposed: 0, transferred: 10 }), SECOND)).toBeUndefined()
  })

  it('depends on whether some are disposed of', () => {
    expect(classifyLeak(site({ disposed: 0, finalized: 10 }), SECOND)).toBe('undisposed handle')
    expect(classifyLeak(site({ disposed: 9, finalized: 1 }), SECOND)).toBe('handle not disposed on every path')
  })

  it.each([
    ['its own finalizer state, which refers back to it (`state.owner`)', 'circular reference'],
    ["the listeners of event 'data' (f at a.js:1) of a Bus", 'forgotten subscription'],
    ['a pending timer (setTimeout or setInterval, callback f at a.js:1)', 'endless timer'],
    ['the arguments of a pending timer', 'endless timer'],
    [
      'a lease that was not given back, which is held by the module-level Map `leases` of a.js',
      'lease never given back',
    ],
    ['a local variable of the async function f at a.js:1 (it waits for a promise)', 'unfinished async function'],
    ['the module-level Map `cache` of a.js', 'collection that only grows'],
    ['the static array `all` of class Registry (a.js:1)', 'collection that only grows'],
    ['the property `b` of a Session, which is held by the global Set `sessions`', 'collection that only grows'],
    ['the module-level variable `single` of a.js', 'undisposed handle'],
    ['nothing any more: it would have been collected', 'undisposed handle'],
  ])('is told by what holds the handles that are left: %s', (line, leak) => {
    expect(classifyLeak(left(line), SECOND)).toBe(leak)
  })

  it('is told by what is nearest to the handle, but for its finalizer', () => {
    const listeners = "the listeners of event 'data' of a Bus"
    const collection = 'the module-level Map `cache` of a.js'
    expect(classifyLeak(left(`${listeners}, which is held by ${collection}`), SECOND)).toBe('forgotten subscription')
    expect(classifyLeak(left(`${collection}; and its own finalizer state`), SECOND)).toBe('circular reference')
  })

  it('is told by most ways of being held', () => {
    const timer = 'a pending timer'
    expect(classifyLeak(left(timer, 'the module-level Set `all` of a.js', 'an immediate'), SECOND)).toBe(
      'endless timer',
    )
  })

  it('is no growing collection where most are given back', () => {
    const heldBy = ['the module-level Map `cache` of a.js']
    expect(classifyLeak(site({ opened: 100, disposed: 84, live: 16, heldBy }), SECOND)).toBe('undisposed handle')
    expect(classifyLeak(site({ opened: 1, disposed: 0, live: 1, heldBy }), SECOND)).toBe('undisposed handle')
  })

  it('is known of subscriptions without what holds them', () => {
    expect(classifyLeak(site({ kind: 'Subscription', live: 3 }), SECOND)).toBe('forgotten subscription')
    expect(classifyLeak(site({ live: 3 }), SECOND)).toBe('undisposed handle')
  })

  it('may be that one would have done in place of many', () => {
    const many = { opened: 50_000, disposed: 50_000, meanLifetime: 0.01 }
    expect(classifyLeak(site(many), SECOND)).toBe('needless creation')
    expect(classifyLeak(site(many), 60 * SECOND)).toBeUndefined()
    expect(classifyLeak(site({ ...many, peakLive: 100 }), SECOND)).toBeUndefined()
    expect(classifyLeak(site({ ...many, meanLifetime: 5 }), SECOND)).toBeUndefined()
    expect(classifyLeak(site({ ...many, opened: 5000, disposed: 5000 }), SECOND)).toBeUndefined()
  })
})
