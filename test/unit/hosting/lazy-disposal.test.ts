import { describe, expect, it } from 'vitest'
import { createToken, type Lazy, lazy, ServiceCollection } from '../../../lib/hosting/index.js'
import { Journal, Log, Tracked } from './fixtures.js'

describe('lazy dependencies are disposed of', () => {
  const Part = createToken<Tracked>('Part')
  const Other = createToken<Tracked>('Other')

  class User extends Tracked {
    static readonly inject = [Log, lazy(Part)] as const
    readonly part: Lazy<Tracked>

    constructor(journal: Journal, part: Lazy<Tracked>) {
      super('user', journal)
      this.part = part
    }
  }

  function scopeWith(log: Journal, register: (services: ServiceCollection) => ServiceCollection) {
    return register(new ServiceCollection().addSingleton(Log, { instance: log }))
      .build()
      .createScope()
  }

  it('after their user, although they were made later', () => {
    const log = new Journal()
    const scope = scopeWith(log, (services) => services.addScoped(User).addScoped(Part, () => new Tracked('part', log)))
    const user = scope.get(User)
    user.part()
    expect(log.made).toEqual(['user', 'part'])
    scope.dispose()
    expect(log.disposed).toEqual(['user', 'part'])
  })

  it('after their user, when its constructor has taken them', () => {
    const log = new Journal()
    class Eager extends Tracked {
      static readonly inject = [Log, lazy(Part)] as const

      constructor(journal: Journal, part: Lazy<Tracked>) {
        part()
        super('eager', journal)
      }
    }
    const scope = scopeWith(log, (services) =>
      services.addScoped(Eager).addScoped(Part, () => new Tracked('part', log)),
    )
    scope.get(Eager)
    expect(log.made).toEqual(['part', 'eager'])
    scope.dispose()
    expect(log.disposed).toEqual(['eager', 'part'])
  })

  it('after whoever uses their user, and before what they stand on themselves', () => {
    const log = new Journal()
    class UserOfUser extends Tracked {
      static readonly inject = [Log, User] as const

      constructor(journal: Journal, _user: User) {
        super('user of user', journal)
      }
    }
    const scope = scopeWith(log, (services) =>
      services
        .addScoped(User)
        .addScoped(UserOfUser)
        .addScoped(Other, () => new Tracked('other', log))
        .addScoped(Part, (sp) => {
          sp.get(Other)
          return new Tracked('part', log)
        }),
    )
    scope.get(UserOfUser)
    scope.get(Other)
    scope.get(User).part()
    expect(log.made).toEqual(['user', 'user of user', 'other', 'part'])
    scope.dispose()
    expect(log.disposed).toEqual(['user of user', 'user', 'part', 'other'])
  })

  it('after users that are found by way of services that have nothing to dispose of', () => {
    const log = new Journal()
    class Plain {
      static readonly inject = [lazy(Part)] as const
      readonly part: Lazy<Tracked>

      constructor(part: Lazy<Tracked>) {
        this.part = part
      }
    }
    class Outer extends Tracked {
      static readonly inject = [Log, Plain] as const
      readonly plain: Plain

      constructor(journal: Journal, plain: Plain) {
        super('outer', journal)
        this.plain = plain
      }
    }
    const scope = scopeWith(log, (services) =>
      services
        .addTransient(Plain)
        .addScoped(Outer)
        .addScoped(Part, () => new Tracked('part', log)),
    )
    scope.get(Outer).plain.part()
    scope.dispose()
    expect(log.disposed).toEqual(['outer', 'part'])
  })

  it('at their place, when they were made before their user', () => {
    const log = new Journal()
    const scope = scopeWith(log, (services) => services.addScoped(User).addScoped(Part, () => new Tracked('part', log)))
    scope.get(Part)
    scope.get(User).part()
    scope.dispose()
    expect(log.disposed).toEqual(['user', 'part'])
  })

  it('after their user also in a circle, where they use it in turn', () => {
    const log = new Journal()
    const Child = createToken<Tracked>('Child')
    class Parent extends Tracked {
      static readonly inject = [Log, lazy(Child)] as const
      readonly child: Lazy<Tracked>

      constructor(journal: Journal, child: Lazy<Tracked>) {
        super('parent', journal)
        this.child = child
      }
    }
    class ParentsChild extends Tracked {
      static readonly inject = [Log, Parent] as const

      constructor(journal: Journal, _parent: Parent) {
        super('child', journal)
      }
    }
    const scope = scopeWith(log, (services) => services.addScoped(Parent).addScoped(Child, ParentsChild))
    scope.get(Parent).child()
    scope.dispose()
    expect(log.disposed).toEqual(['parent', 'child'])
  })

  it('after singletons that took them, with the provider', () => {
    const log = new Journal()
    const provider = new ServiceCollection()
      .addSingleton(Log, { instance: log })
      .addSingleton(User)
      .addTransient(Part, () => new Tracked('part', log))
      .build()
    provider.createScope().get(User).part()
    provider.dispose()
    expect(log.disposed).toEqual(['user', 'part'])
  })
})
