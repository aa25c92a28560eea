import type { Lazy } from '../registration/dependency.js'
import type { ScopeState } from '../scopes/scope-state.js'
import type { Argument } from './call-site.js'
import { type Construction, noteUse } from './construction.js'
import { request } from './request.js'

// The constructor parameters that are no service by themselves.

/** For `all(token)`. */
export class AllArgument implements Argument {
  readonly lifetime = undefined
  readonly needsScope = false
  readonly sites: readonly Argument[]

  constructor(sites: readonly Argument[]) {
    this.sites = sites
  }

  resolve(scope: ScopeState, user: Construction | undefined): unknown[] {
    return this.sites.map((site) => site.resolve(scope, user))
  }

  async resolveAsync(scope: ScopeState, user: Construction | undefined): Promise<unknown[]> {
    const services: unknown[] = []
    for (const site of this.sites) services.push(await site.resolveAsync(scope, user))
    return services
  }
}

/** For `lazy(token)`. */
export class LazyArgument implements Argument {
  readonly lifetime = undefined
  readonly needsScope = false
  readonly target: Argument

  constructor(target: Argument) {
    this.target = target
  }

  resolve(scope: ScopeState, user: Construction | undefined): Lazy<unknown> {
    return makeLazy(this.target, scope, user as Construction)
  }

  resolveAsync(scope: ScopeState, user: Construction | undefined): Lazy<unknown> {
    return this.resolve(scope, user)
  }
}

function makeLazy(target: Argument, scope: ScopeState, user: Construction): Lazy<unknown> {
  let service: unknown
  const lazy = () => {
    if (service !== undefined) return service
    service = request(scope, target, user)
    if (target.lifetime !== 'singleton' || scope.isRoot) noteLateUse(user, service)
    return service
  }
  return Object.defineProperty(lazy, 'value', { get: lazy }) as Lazy<unknown>
}

/** A service has taken another one through `lazy()`. When it was made already, the other one is younger. */
function noteLateUse(user: Construction, service: unknown): void {
  noteUse(user, service)
  if (user.isDone) user.scope.hasLateUses = true
}
