import { isThenable } from '../../use.js'
import { nameOfDescriptor, type ServiceDescriptor, type ServiceLifetime } from '../registration/descriptor.js'
import { own } from '../scopes/ownership.js'
import type { ScopeState } from '../scopes/scope-state.js'
import { Construction, noteMade } from './construction.js'
import { constructDeep } from './deep-construction.js'
import { constructionFailed, type Fault, isAsynchronous, madeNothing, needsItself } from './faults.js'
import { adoptLater, resolveInFlight } from './in-flight.js'
import type { Recipe } from './recipe.js'

// A call site is a registration that was linked: it knows the call sites of what it needs, and where its instances
// are kept. To resolve a service is to walk along call sites; no token is looked up on the way.

/** What a constructor parameter can be filled from. */
export interface Argument {
  /** undefined for what nobody constructs. */
  readonly lifetime: ServiceLifetime | undefined
  /** Whether it is scoped, or stands on something that is. */
  readonly needsScope: boolean
  /** @param user whoever needs it, unless the program asks */
  resolve(scope: ScopeState, user: Construction | undefined): unknown
  /** The same, or a promise of it: for services that are made asynchronously, or need such. */
  resolveAsync(scope: ScopeState, user: Construction | undefined): unknown
}

/** What was supplied as it is. */
export class InstanceSite implements Argument {
  readonly lifetime = undefined
  readonly needsScope = false
  readonly #instance: unknown

  constructor(instance: unknown) {
    this.#instance = instance
  }

  resolve(): unknown {
    return this.#instance
  }

  resolveAsync(): unknown {
    return this.#instance
  }
}

/** In place of an instance, for whoever needs it while it is made. */
const UNDER_CONSTRUCTION = Symbol('under construction')

export abstract class ConstructedSite implements Argument {
  abstract readonly lifetime: ServiceLifetime
  needsScope = false
  readonly name: string
  readonly recipe: Recipe
  /** Where its instances are in the cache of their scope; of no meaning for transients. */
  readonly slot: number
  /** Why its services cannot be had. */
  fault: Fault | undefined = undefined
  /** What of its needs, further on, is scoped; for transients. */
  scopedNeed: ConstructedSite | undefined = undefined
  /** Whether nothing has to be resolved for it, and nothing has to be remembered of it. */
  isLeaf = false
  /** Whether it stands on more services than the engine's stack has room for. */
  isDeep = false

  constructor(descriptor: ServiceDescriptor, recipe: Recipe, slot: number) {
    this.name = nameOfDescriptor(descriptor)
    this.recipe = recipe
    this.slot = slot
  }

  abstract resolve(scope: ScopeState, user: Construction | undefined): unknown

  resolveAsync(scope: ScopeState, user: Construction | undefined): unknown {
    return resolveInFlight(this, scope, user)
  }

  /** The scope that its service lives in, when it is resolved in `scope`. */
  abstract homeOf(scope: ScopeState): ScopeState

  /** The instance that there is already. */
  abstract cachedIn(home: ScopeState): unknown

  /** To be called before a construction. @throws ServiceError when it cannot be made, or is being made already */
  begin(home: ScopeState, user: Construction | undefined): void {
    this.checkStart(home, user)
  }

  /** @throws ServiceError when it cannot be made, or is being made already */
  checkStart(_home: ScopeState, user: Construction | undefined): void {
    if (this.fault !== undefined) throw this.fault.toError(user)
  }

  /** Whatever comes of a construction that has begun, this one has failed. */
  protected abandon(_home: ScopeState): void {}

  /** @param home the scope that the service will live in */
  construct(home: ScopeState, user: Construction | undefined): unknown {
    if (this.isDeep) return constructDeep(this, home, user)
    this.begin(home, user)
    if (this.isLeaf) return this.#constructLeaf(home, user)
    const construction = new Construction(this, home, user)
    try {
      return this.finish(this.recipe.create(home, construction), construction)
    } catch (error) {
      throw this.fail(error, construction)
    }
  }

  /** Many services are, and a `Construction` would take longer than all the rest. */
  #constructLeaf(home: ScopeState, user: Construction | undefined): unknown {
    try {
      return this.complete(this.recipe.create(home, undefined), home, user)
    } catch (error) {
      throw this.fail(error, new Construction(this, home, user))
    }
  }

  /** To be called with what a construction has made. @returns the service */
  finish(service: unknown, construction: Construction): unknown {
    if (this.recipe.isFactory && isThenable(service)) {
      adoptLater(construction, service)
      throw isAsynchronous(this, construction.user ?? undefined)
    }
    this.complete(service, construction.scope, construction.user ?? undefined)
    noteMade(service, construction)
    construction.finish()
    return service
  }

  /** To be called when it has failed. @returns what to throw */
  fail(error: unknown, construction: Construction): unknown {
    const failure = constructionFailed(error, construction)
    this.abandon(construction.scope)
    construction.finish()
    return failure
  }

  /** Gives what was made to its scope. @returns the service */
  protected complete(service: unknown, home: ScopeState, user: Construction | undefined): unknown {
    if (service === undefined) throw madeNothing(this, user)
    own(service, this, home, user)
    return service
  }
}

export class TransientSite extends ConstructedSite {
  readonly lifetime = 'transient'

  override resolve(scope: ScopeState, user: Construction | undefined): unknown {
    return this.construct(scope, user)
  }

  override homeOf(scope: ScopeState): ScopeState {
    return scope
  }

  override cachedIn(): undefined {}
}

abstract class CachedSite extends ConstructedSite {
  override cachedIn(home: ScopeState): unknown {
    const cached = home.cache[this.slot]
    return cached === UNDER_CONSTRUCTION ? undefined : cached
  }

  override begin(home: ScopeState, user: Construction | undefined): void {
    super.begin(home, user)
    home.cache[this.slot] = UNDER_CONSTRUCTION
  }

  override checkStart(home: ScopeState, user: Construction | undefined): void {
    super.checkStart(home, user)
    if (home.cache[this.slot] === UNDER_CONSTRUCTION) throw needsItself(this, user)
    if (home.inFlight?.has(this)) throw isAsynchronous(this, user)
  }

  protected override abandon(home: ScopeState): void {
    home.cache[this.slot] = undefined
  }

  protected override complete(service: unknown, home: ScopeState, user: Construction | undefined): unknown {
    super.complete(service, home, user)
    home.cache[this.slot] = service
    return service
  }
}

export class ScopedSite extends CachedSite {
  readonly lifetime = 'scoped'
  override needsScope = true

  override resolve(scope: ScopeState, user: Construction | undefined): unknown {
    const cached = scope.cache[this.slot]
    if (cached !== undefined && cached !== UNDER_CONSTRUCTION) return cached
    return this.construct(scope, user)
  }

  override homeOf(scope: ScopeState): ScopeState {
    return scope
  }
}

export class SingletonSite extends CachedSite {
  readonly lifetime = 'singleton'

  override resolve(scope: ScopeState, user: Construction | undefined): unknown {
    const { root } = scope.container
    const cached = root.cache[this.slot]
    if (cached !== undefined && cached !== UNDER_CONSTRUCTION) return cached
    return this.construct(root, user)
  }

  override homeOf(scope: ScopeState): ScopeState {
    return scope.container.root
  }
}
