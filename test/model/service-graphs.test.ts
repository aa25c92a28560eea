import fc from 'fast-check'
import { expect, it } from 'vitest'
import { createToken, type Lazy, lazy, type RootServiceProvider, ServiceCollection } from '../../lib/hosting/index.js'
import { liveHandles } from '../../lib/statistics.js'

// Random services that need one another, taken from random scopes, which are disposed of in random order. Whatever
// happens: each instance is disposed of once, and none before what uses it.

type Lifetime = 'singleton' | 'scoped' | 'transient'

interface Plan {
  readonly lifetime: Lifetime
  readonly isFactory: boolean
  readonly isAsync: boolean
  /** How far back what it needs was registered. */
  readonly needs: readonly number[]
  readonly lazyNeeds: readonly number[]
}

class Instance {
  readonly place: number
  readonly uses: Instance[] = []
  readonly lazies: Lazy<Instance>[] = []
  disposedAt = 0

  constructor(place: number) {
    this.place = place
  }
}

class World {
  readonly instances: Instance[] = []
  disposals = 0

  noteDisposal(instance: Instance): void {
    expect(instance.disposedAt, `${instance.place} is disposed of once`).toBe(0)
    instance.disposedAt = ++this.disposals
  }

  check(): void {
    for (const instance of this.instances) {
      expect(instance.disposedAt, `${instance.place} is disposed of`).toBeGreaterThan(0)
      for (const used of instance.uses) {
        // In a circle each of them would have to go first.
        if (reaches(used, instance)) continue
        expect(instance.disposedAt, `${instance.place} before ${used.place}`).toBeLessThan(used.disposedAt)
      }
    }
  }
}

/** What can be needed without being held captive: nothing scoped for those that must not have it. */
function allowed(plans: readonly Plan[], user: number, steps: readonly number[]): number[] {
  const places = steps.map((step) => user - step).filter((place) => plans[place] !== undefined)
  return plans[user]?.lifetime === 'scoped' ? places : places.filter((place) => plans[place]?.lifetime === 'singleton')
}

function build(plans: readonly Plan[], world: World) {
  const tokens = plans.map((_, place) => createToken<Instance>(`s${place}`))
  const services = new ServiceCollection()
  for (const [place, plan] of plans.entries()) {
    const needs = allowed(plans, place, plan.needs)
    const lazies = allowed(plans, place, plan.lazyNeeds)
    const make = (used: Instance[], later: Lazy<Instance>[]) => {
      const instance = new Instance(place)
      instance.uses.push(...used)
      instance.lazies.push(...later)
      const dispose = () => world.noteDisposal(instance)
      Object.assign(
        instance,
        plan.isAsync ? { [Symbol.asyncDispose]: () => Promise.resolve().then(dispose) } : { [Symbol.dispose]: dispose },
      )
      world.instances.push(instance)
      return instance
    }
    const implementation = plan.isFactory
      ? (sp: any) =>
          make(
            needs.map((need) => sp.get(tokens[need])),
            [],
          )
      : Object.assign(
          function (this: unknown, ...given: any[]) {
            return make(given.slice(0, needs.length), given.slice(needs.length))
          },
          { inject: [...needs.map((need) => tokens[need]), ...lazies.map((need) => lazy(tokens[need] as never))] },
        )
    if (!plan.isFactory) Object.defineProperty(implementation, 'prototype', { writable: false })
    const add = { singleton: 'addSingleton', scoped: 'addScoped', transient: 'addTransient' } as const
    ;(services as any)[add[plan.lifetime]](tokens[place], implementation)
  }
  return { provider: services.build({ rootTransients: 'allow' }) as RootServiceProvider, tokens }
}

const plan = fc.record({
  lifetime: fc.constantFrom<Lifetime>('singleton', 'scoped', 'transient'),
  isFactory: fc.boolean(),
  isAsync: fc.boolean(),
  needs: fc.uniqueArray(fc.integer({ min: 1, max: 6 }), { maxLength: 4 }),
  lazyNeeds: fc.uniqueArray(fc.integer({ min: -3, max: 6 }).filter(Boolean), { maxLength: 2 }),
})

const step = fc.oneof(
  { weight: 1, arbitrary: fc.record({ act: fc.constant('open' as const) }) },
  { weight: 5, arbitrary: fc.record({ act: fc.constant('get' as const), scope: fc.nat(9), service: fc.nat(19) }) },
  { weight: 5, arbitrary: fc.record({ act: fc.constant('lazy' as const), instance: fc.nat(99), index: fc.nat(1) }) },
  { weight: 1, arbitrary: fc.record({ act: fc.constant('dispose' as const), scope: fc.nat(9) }) },
)

type Step = typeof step extends fc.Arbitrary<infer S> ? S : never

async function play(plans: readonly Plan[], steps: readonly Step[]): Promise<World> {
  const world = new World()
  const { provider, tokens } = build(plans, world)
  const scopes = [provider.createAsyncScope()]
  for (const one of steps) {
    const scope = 'scope' in one ? scopes[one.scope % scopes.length] : undefined
    if (one.act === 'open') scopes.push(provider.createAsyncScope())
    else if (one.act === 'lazy') takeLazily(world.instances[one.instance % world.instances.length], one.index)
    else if (one.act === 'get') scope?.get(tokens[one.service % tokens.length] as never)
    else {
      await scope?.disposeAsync()
      scopes[scopes.indexOf(scope as never)] = provider.createAsyncScope()
    }
  }
  await provider.disposeAsync()
  return world
}

function takeLazily(instance: Instance | undefined, index: number): void {
  const later = instance?.lazies[index]
  if (instance === undefined || later === undefined || instance.disposedAt > 0) return
  instance.uses.push(later())
}

function reaches(from: Instance, to: Instance): boolean {
  const seen = new Set([from])
  for (const one of seen) for (const used of one.uses) seen.add(used)
  return seen.has(to)
}

it('random services in random scopes are each disposed of once, after all that use them', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(plan, { minLength: 2, maxLength: 20, size: 'max' }),
      fc.array(step, { minLength: 10, maxLength: 60, size: 'max' }),
      async (plans, steps) => {
        const world = await play(plans, steps)
        world.check()
        expect(liveHandles('ServiceScope')).toBe(0)
      },
    ),
    { numRuns: 500 },
  )
})
