import type { ScopeState } from '../scopes/scope-state.js'
import type { Argument } from './call-site.js'
import { providerOf } from './service-provider.js'

// What of the container itself services can ask for.

abstract class BuiltinSite implements Argument {
  readonly lifetime = undefined
  readonly needsScope = false

  abstract resolve(scope: ScopeState): unknown

  resolveAsync(scope: ScopeState): unknown {
    return this.resolve(scope)
  }
}

/** For `ServiceProvider`. */
export class ProviderSite extends BuiltinSite {
  override resolve(scope: ScopeState): unknown {
    return providerOf(scope)
  }
}

/** For `ServiceScopeFactory`. */
export class ScopeFactorySite extends BuiltinSite {
  override resolve(scope: ScopeState): unknown {
    return scope.container.scopeFactory
  }
}
