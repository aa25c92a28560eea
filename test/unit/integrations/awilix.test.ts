import { aliasTo, asClass, asFunction, asValue, createContainer, InjectionMode } from 'awilix'
import { beforeEach, describe, expect, expectTypeOf, it } from 'vitest'
import { liveHandles, SafeHandle } from '../../../lib/index.js'
import { asHandle } from '../../../lib/integrations/awilix.js'

const code = (expected: string) => expect.objectContaining({ code: expected })

/** What happened, in order. */
let events: string[] = []
beforeEach(() => {
  events = []
})

class Resource implements Disposable {
  readonly name: string
  constructor(name: string) {
    this.name = name
  }
  [Symbol.dispose](): void {
    events.push(this.name)
  }
}

/** Takes turns to dispose of. */
class SlowResource implements AsyncDisposable {
  readonly name: string
  constructor(name: string) {
    this.name = name
  }
  async [Symbol.asyncDispose](): Promise<void> {
    events.push(`${this.name} begins`)
    await new Promise(setImmediate)
    events.push(`${this.name} ends`)
  }
}

class FailingResource extends Resource {
  override [Symbol.dispose](): void {
    super[Symbol.dispose]()
    throw new Error(this.name)
  }
}

describe('asHandle()', () => {
  interface Cradle {
    database: SlowResource
    session: SlowResource
    statement: Resource
  }

  function registered() {
    return createContainer<Cradle>({ strict: true }).register({
      statement: asHandle(({ session }: Cradle) => new Resource(`statement of ${session.name}`)).scoped(),
      session: asHandle(({ database }: Cradle) => new SlowResource(`session of ${database.name}`)).scoped(),
      database: asHandle(() => new SlowResource('database')).singleton(),
    })
  }

  it('has a scope dispose of users first, each awaited before what it was made from', async () => {
    const container = registered()
    const scope = container.createScope()
    scope.resolve('statement')
    await scope.dispose()
    const session = 'session of database'
    expect(events).toEqual([`statement of ${session}`, `${session} begins`, `${session} ends`])
    events = []
    await container.dispose()
    expect(events).toEqual(['database begins', 'database ends'])
  })

  it('has a container dispose of what was resolved in it, singletons and scoped ones in one order', async () => {
    const container = registered()
    container.resolve('statement')
    await container.dispose()
    expect(events).toEqual([
      'statement of session of database',
      'session of database begins',
      'session of database ends',
      'database begins',
      'database ends',
    ])
  })

  it('goes by the order of construction, not by that in which things were asked for first', async () => {
    const container = createContainer()
    container.register({
      second: asHandle(() => new Resource('second')).singleton(),
      first: asHandle(() => new Resource('first')).singleton(),
      third: asHandle(() => new Resource('third')).scoped(),
    })
    for (const name of ['first', 'second', 'third']) container.resolve(name)
    await container.dispose()
    expect(events).toEqual(['third', 'second', 'first'])
  })

  it.each(['the scope', 'the container'])(
    'keeps their order when both are disposed in one turn, %s first',
    async (first) => {
      const container = registered()
      const scope = container.createScope()
      scope.resolve('session')
      const both = first === 'the scope' ? [scope, container] : [container, scope]
      await Promise.all(both.map((one) => one.dispose()))
      expect(events).toEqual([
        'session of database begins',
        'session of database ends',
        'database begins',
        'database ends',
      ])
    },
  )

  it('disposes of a singleton that a scope has resolved with the container, also where awilix is not strict', async () => {
    const container = createContainer().register({ only: asHandle(() => new Resource('only')).singleton() })
    const scope = container.createScope()
    scope.resolve('only')
    await scope.dispose()
    expect(events).toEqual([])
    await container.dispose()
    expect(events).toEqual(['only'])
  })

  it('leaves the handles of one scope alone when another one is disposed', async () => {
    const container = createContainer<{ name: string; own: Resource }>().register({
      own: asHandle(({ name }: { name: string }) => new Resource(name)),
    })
    const scopes = ['a', 'b'].map((name) => container.createScope().register({ name: asValue(name) }))
    for (const scope of scopes) scope.resolve('own')
    await scopes[0]?.dispose()
    expect(events).toEqual(['a'])
    await scopes[1]?.dispose()
    expect(events).toEqual(['a', 'b'])
  })

  it('closes the handles of SafeHandle classes', async () => {
    class Descriptor extends SafeHandle<number> {
      static readonly kind = 'AwilixDescriptor'
      static releaseHandle(descriptor: number): void {
        events.push(`closed ${descriptor}`)
      }
      constructor({ descriptor }: { descriptor: number }) {
        super(-1)
        this.setHandle(descriptor)
      }
    }
    const container = createContainer().register({ descriptor: asValue(7), handle: asHandle(Descriptor).singleton() })
    expect(container.resolve('handle')).toBeInstanceOf(Descriptor)
    expect(liveHandles('AwilixDescriptor')).toBe(1)
    await container.dispose()
    expect(liveHandles('AwilixDescriptor')).toBe(0)
    expect(events).toEqual(['closed 7'])
  })

  it('runs all disposers, and dispose() rejects with all that they throw', async () => {
    const container = createContainer().register({
      a: asHandle(() => new FailingResource('a')).singleton(),
      b: asHandle(() => new Resource('b')).singleton(),
      c: asHandle(() => new FailingResource('c')).singleton(),
    })
    for (const name of ['a', 'b', 'c']) container.resolve(name)
    const error = await container.dispose().then(
      () => undefined,
      (reason: unknown) => reason,
    )
    expect(events).toEqual(['c', 'b', 'a'])
    expect(error).toMatchObject({ error: { message: 'a' }, suppressed: { message: 'c' } })
  })

  it('disposes of an object once that two registrations have returned, and after its users', async () => {
    const shared = new Resource('shared')
    const container = createContainer().register({
      one: asHandle(() => shared).singleton(),
      user: asHandle(() => new Resource('user')).singleton(),
      other: asHandle(() => shared).singleton(),
      alias: aliasTo('one'),
    })
    for (const name of ['one', 'user', 'other', 'alias']) container.resolve(name)
    await container.dispose()
    expect(events).toEqual(['user', 'shared'])
  })

  it('disposes of nothing again when the container is disposed again', async () => {
    const container = registered()
    container.resolve('database')
    await container.dispose()
    await container.dispose()
    expect(events).toEqual(['database begins', 'database ends'])
    container.resolve('database')
    await container.dispose()
    expect(events).toHaveLength(4)
  })

  it('comes after the disposers of other registrations, and does not keep them from running', async () => {
    const container = createContainer().register({
      handle: asHandle(() => new Resource('handle')).singleton(),
      plain: asFunction(() => new Resource('plain'))
        .singleton()
        .disposer((plain) => plain[Symbol.dispose]()),
    })
    for (const name of ['handle', 'plain']) container.resolve(name)
    await container.dispose()
    expect(events).toEqual(['plain', 'handle'])
  })

  it('fills in parameters as asClass and asFunction do', () => {
    const container = createContainer({ injectionMode: InjectionMode.CLASSIC }).register({
      name: asValue('classic'),
      ofClass: asHandle(Resource),
      ofFunction: asHandle((name: string) => new Resource(name)),
      injected: asHandle(Resource).inject(() => ({ name: 'injected' })),
    })
    expect(container.resolve<Resource>('ofClass').name).toBe('classic')
    expect(container.resolve<Resource>('ofFunction').name).toBe('classic')
    expect(container.resolve<Resource>('injected').name).toBe('injected')
  })

  it('makes one instance for each scope unless told otherwise', () => {
    const container = createContainer().register({
      scoped: asHandle(() => new Resource('scoped')),
      singleton: asHandle(() => new Resource('singleton'), { lifetime: 'SINGLETON' }),
    })
    const scope = container.createScope()
    expect(scope.resolve('scoped')).toBe(scope.resolve('scoped'))
    expect(scope.resolve('scoped')).not.toBe(container.resolve('scoped'))
    expect(scope.resolve('singleton')).toBe(container.resolve('singleton'))
  })

  it('refuses transients, which awilix would never dispose of', () => {
    const container = createContainer().register({ handle: asHandle(() => new Resource('handle')).transient() })
    expect(() => container.resolve('handle')).toThrow(code('ERR_HOLDFAST_INVALID_OPERATION'))
    expect(container.build(asHandle(() => new Resource('built'))).name).toBe('built')
  })

  it('refuses what cannot be disposed of, and what is no function', () => {
    const container = createContainer().register({
      plain: asHandle((() => ({})) as never),
      promised: asHandle((async () => new Resource('promised')) as never),
    })
    expect(() => container.resolve('plain')).toThrow(code('ERR_INVALID_ARG_TYPE'))
    expect(() => container.resolve('promised')).toThrow(code('ERR_INVALID_ARG_TYPE'))
    expect(() => asHandle(new Resource('instance') as never)).toThrow(code('ERR_INVALID_ARG_TYPE'))
  })

  it('has the types of the resolvers of awilix', () => {
    const resolver = asHandle(Resource)
    const plain = asClass(Resource)
    expectTypeOf(resolver).toEqualTypeOf<typeof plain>()
    expectTypeOf(
      asHandle(() => new SlowResource('x'))
        .singleton()
        .resolve(createContainer()),
    ).toEqualTypeOf<SlowResource>()
    // @ts-expect-error cannot be disposed of
    expect(asHandle(class {})).toBeDefined()
    // @ts-expect-error asHandle is the disposer
    expect(asHandle(Resource, { dispose: () => {} })).toBeDefined()
  })
})
