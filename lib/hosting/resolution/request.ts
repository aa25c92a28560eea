import { checkUsable, type ScopeState } from '../scopes/scope-state.js'
import { type Argument, ConstructedSite } from './call-site.js'
import type { Construction } from './construction.js'
import { checkCircle, scopedInRoot } from './faults.js'

// What is asked for at run time, by the program or by a factory: here is found what could not be known before.

/** @param user the factory that asks, or the service that has it as a lazy dependency */
export function request(scope: ScopeState, argument: Argument, user: Construction | undefined): unknown {
  checkRequest(scope, argument, user)
  if (user !== undefined && argument instanceof ConstructedSite) checkCircle(argument, argument.homeOf(scope), user)
  return argument.resolve(scope, user)
}

/** The same with `resolveAsync`. */
export function requestAsync(scope: ScopeState, argument: Argument, user: Construction | undefined): unknown {
  checkRequest(scope, argument, user)
  return argument.resolveAsync(scope, user)
}

function checkRequest(scope: ScopeState, argument: Argument, user: Construction | undefined): void {
  checkUsable(scope)
  // In the root nothing scoped may be resolved: it would live as long as the provider.
  if (argument.needsScope && scope.isRoot && scope.container.options.validateScopes) {
    throw scopedInRoot(argument as ConstructedSite, user)
  }
}
