import type { ConstructibleClass, ServiceFactory } from '../registration/descriptor.js'
import type { ScopeState } from '../scopes/scope-state.js'
import type { Argument } from './call-site.js'
import { type Construction, noteArgument } from './construction.js'
import { ServiceProvider } from './service-provider.js'

/** How the services of a call site are made. */
export interface Recipe {
  /** Whether it is not known what comes out: something new, something old, a promise. */
  readonly isFactory: boolean
  /** What has to be resolved first. */
  readonly arguments: readonly Argument[]
  /** @param construction undefined for a leaf */
  create(home: ScopeState, construction: Construction | undefined): unknown
  /** The same with arguments that were resolved one by one. */
  createFrom(values: readonly unknown[], home: ScopeState, construction: Construction): unknown
}

export class FactoryRecipe implements Recipe {
  readonly isFactory = true
  readonly arguments: readonly Argument[] = []
  readonly #factory: ServiceFactory<unknown>

  constructor(factory: ServiceFactory<unknown>) {
    this.#factory = factory
  }

  create(home: ScopeState, construction: Construction): unknown {
    const factory = this.#factory
    return factory(new ServiceProvider(home, construction))
  }

  createFrom(_values: readonly unknown[], home: ScopeState, construction: Construction): unknown {
    return this.create(home, construction)
  }
}

export class ClassRecipe implements Recipe {
  readonly isFactory = false
  /** Given when all call sites exist. */
  arguments: readonly Argument[] = []
  readonly #type: ConstructibleClass

  constructor(type: ConstructibleClass) {
    this.#type = type
  }

  create(home: ScopeState, construction: Construction | undefined): unknown {
    const Type = this.#type
    if (construction === undefined) return new Type()
    if (home.container.tracksUses) return this.#createNoting(home, construction)
    const needs = this.arguments
    // Without an array in between, for the numbers of arguments that are common: this is where the time goes.
    switch (needs.length) {
      case 1:
        return new Type(resolve(needs, 0, home, construction))
      case 2:
        return new Type(resolve(needs, 0, home, construction), resolve(needs, 1, home, construction))
      case 3:
        return new Type(
          resolve(needs, 0, home, construction),
          resolve(needs, 1, home, construction),
          resolve(needs, 2, home, construction),
        )
      case 4:
        return new Type(
          resolve(needs, 0, home, construction),
          resolve(needs, 1, home, construction),
          resolve(needs, 2, home, construction),
          resolve(needs, 3, home, construction),
        )
      default:
        return new Type(...needs.map((need) => need.resolve(home, construction)))
    }
  }

  #createNoting(home: ScopeState, construction: Construction): unknown {
    const values = this.arguments.map((need) => {
      const value = need.resolve(home, construction)
      noteArgument(need, value, construction)
      return value
    })
    return new this.#type(...values)
  }

  createFrom(values: readonly unknown[]): unknown {
    return new this.#type(...values)
  }
}

function resolve(needs: readonly Argument[], index: number, home: ScopeState, construction: Construction): unknown {
  return (needs[index] as Argument).resolve(home, construction)
}
