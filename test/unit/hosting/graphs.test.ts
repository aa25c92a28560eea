import { describe, expect, it } from 'vitest'
import { createToken, lazy, ServiceCollection, type ServiceError, type Token } from '../../../lib/hosting/index.js'
import { liveHandles } from '../../../lib/statistics.js'
import { rejectionOf, thrownBy } from './fixtures.js'

/** Far more than the engine's stack has room for calls. */
const DEEP = 10_000
const WIDE = 10_000

interface Link extends Disposable {
  readonly place: number
}

/** A chain of classes, each of which needs the next one. */
function chain(length: number, lifetimes: readonly ('singleton' | 'scoped' | 'transient')[], disposed: number[]) {
  const tokens = Array.from({ length }, (_, place) => createToken<Link>(`s${place}`))
  const services = new ServiceCollection()
  for (const [place, token] of tokens.entries()) {
    const next = tokens[place + 1]
    const type = class implements Link {
      static readonly inject = next === undefined ? [] : [next]
      readonly place = place;
      [Symbol.dispose](): void {
        disposed.push(place)
      }
    }
    const lifetime = lifetimes[place % lifetimes.length]
    if (lifetime === 'singleton') services.addSingleton(token, type as never)
    else if (lifetime === 'scoped') services.addScoped(token, type as never)
    else services.addTransient(token, type as never)
  }
  return { services, first: tokens[0] as Token<Link>, last: tokens.at(-1) as Token<Link> }
}

describe('a chain of services that is deeper than the stack', () => {
  const order = Array.from({ length: DEEP }, (_, place) => place)

  it.each([
    ['singletons', ['singleton']],
    ['scoped services', ['scoped']],
    ['transients', ['transient']],
    ['scoped ones and transients', ['scoped', 'transient']],
  ] as const)('of %s is validated, made, and disposed of in order', (_, lifetimes) => {
    const disposed: number[] = []
    const { services, first } = chain(DEEP, lifetimes, disposed)
    const provider = services.build()
    const scope = provider.createScope()
    expect(scope.get(first).place).toBe(0)
    scope.dispose()
    provider.dispose()
    expect(disposed).toEqual(order)
  })

  it('is made asynchronously, too', async () => {
    const disposed: number[] = []
    const { services, first } = chain(DEEP, ['scoped', 'transient'], disposed)
    await using provider = services.build()
    const scope = provider.createAsyncScope()
    expect((await scope.getAsync(first)).place).toBe(0)
    await scope.disposeAsync()
    expect(disposed).toEqual(order)
  })

  it('is made anew after a failure at its end, of which the error shows both ends of the path', () => {
    const { services, first, last } = chain(DEEP, ['scoped'], [])
    let isReady = false
    services.replace(last, () => {
      if (!isReady) throw new Error('not yet')
      return { place: -1, [Symbol.dispose]() {} }
    })
    using provider = services.build()
    using scope = provider.createScope()
    const error: ServiceError = thrownBy(() => scope.get(first))
    expect([error.path.length, error.path[0], error.path.at(-1)]).toEqual([DEEP, 's0', `s${DEEP - 1}`])
    expect(error.message.length).toBeLessThan(500)
    isReady = true
    expect(scope.get(first).place).toBe(0)
  })

  it('that is closed to a circle is found at build', () => {
    const { services, first, last } = chain(1000, ['scoped'], [])
    services.replace(last, Object.assign(class {}, { inject: [first] }) as never)
    const { errors }: AggregateError = thrownBy(() => services.build())
    expect([errors.length, errors[0].path.length]).toEqual([1000, 1001])
  })

  it('that a factory at its end closes to a circle is refused when it is made, and made when it does not', () => {
    const { services, first, last } = chain(1000, ['scoped'], [])
    const around = createToken<Link>('around')
    let isClosed = true
    services.addScoped(around, Object.assign(class {}, { inject: [first] }) as never)
    services.replace(last, (inner) => (isClosed ? inner.get(around) : { place: -1, [Symbol.dispose]() {} }))
    using provider = services.build()
    using scope = provider.createScope()
    const { path }: ServiceError = thrownBy(() => scope.get(first))
    expect([path.length, path[0], ...path.slice(-3)]).toEqual([1002, 's0', 's999', 'around', 's0'])
    isClosed = false
    expect(scope.get(first).place).toBe(0)
  })

  it('of lazy dependencies is disposed of in order', () => {
    const disposed: number[] = []
    const { services, first } = chain(1, ['scoped'], disposed)
    const tokens = Array.from({ length: DEEP }, (_, place) => createToken<{ next(): any }>(`lazy${place}`))
    for (const [place, token] of tokens.entries()) {
      const type = class {
        static readonly inject = [lazy(tokens[place + 1] ?? (first as Token<any>))]
        readonly next: () => unknown

        constructor(next: () => unknown) {
          this.next = next
        }

        [Symbol.dispose](): void {
          disposed.push(-place)
        }
      }
      services.addScoped(token, type as never)
    }
    using provider = services.build()
    const scope = provider.createScope()
    let one = scope.get(tokens[0] as Token<{ next(): any }>)
    for (let place = 0; place < DEEP; place++) one = one.next()
    scope.dispose()
    expect(disposed).toEqual([...Array.from({ length: DEEP }, (_, place) => -place), 0])
  })
})

describe('many services', () => {
  function wide() {
    const services = new ServiceCollection()
    const tokens = Array.from({ length: WIDE }, (_, index) => createToken(`s${index}`))
    for (const [index, token] of tokens.entries()) {
      const inject = [1, 2, 3, 5, 8].map((step) => tokens[index - step]).filter((need) => need !== undefined)
      services.addScoped(token, Object.assign(class {}, { inject }) as never)
    }
    return { services, tokens }
  }

  it('are validated at build within a second of the processor’s time', () => {
    const { services } = wide()
    const start = process.cpuUsage()
    services.build()
    const { user, system } = process.cpuUsage(start)
    expect((user + system) / 1000).toBeLessThan(1000)
  })

  it('cost a scope nothing that it does not use', () => {
    const { services, tokens } = wide()
    using provider = services.build()
    using scope = provider.createScope()
    expect(scope.get(tokens.at(-1) as Token<unknown>)).toBe(scope.get(tokens.at(-1) as Token<unknown>))
    for (let round = 0; round < 1000; round++) provider.createScope().dispose()
    expect(liveHandles('ServiceScope')).toBe(1)
  })

  it('of which one is missing name it in the error of each that needs it', async () => {
    const { services, tokens } = wide()
    services.remove(tokens[0] as Token<unknown>)
    using provider = services.build({ validateOnBuild: false })
    using scope = provider.createScope()
    const error = await rejectionOf(scope.getAsync(tokens.at(-1) as Token<unknown>))
    expect([error.path[0], error.path.at(-1)]).toEqual([`s${WIDE - 1}`, 's0'])
  })
})
