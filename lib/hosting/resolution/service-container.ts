import type { ServiceKey, Token } from '../registration/token.js'
import { RootTransients } from '../scopes/root-transients.js'
import { ScopeState } from '../scopes/scope-state.js'
import { ServiceScopeFactory } from '../scopes/service-scope-factory.js'
import type { Argument, ConstructedSite, InstanceSite } from './call-site.js'

/** `ServiceProviderOptions`, checked and complete. */
export interface ContainerOptions {
  readonly validateScopes: boolean
  readonly validateOnBuild: boolean
  readonly rootTransients: 'allow' | 'warn' | 'throw'
  readonly disposalWarningMs: number
}

/** What a provider and its scopes have in common. */
export class ServiceContainer {
  readonly options: ContainerOptions
  /** The scope of the singletons. */
  readonly root: ScopeState
  readonly scopeFactory: ServiceScopeFactory
  readonly rootTransients: RootTransients
  /** The last registration of each token. */
  readonly sites = new Map<Token<unknown>, Argument>()
  /** All registrations of those that have more than one. */
  readonly severalSites = new Map<Token<unknown>, (ConstructedSite | InstanceSite)[]>()
  readonly keyedSites = new Map<Token<unknown>, Map<ServiceKey, ConstructedSite | InstanceSite>>()
  /**
   * What was supplied, and what scopes have taken to dispose of; undefined when there are no factories, which might
   * hand such things on.
   */
  claimed: WeakSet<object> | undefined = undefined
  /** Whether services can take others after they were made, so that it has to be known who has taken what. */
  tracksUses = false
  /** What services have taken, and what is being made, while `tracksUses`. */
  readonly uses = new WeakMap<object, object[]>()
  /** The scope that was opened last. */
  newestScope: ScopeState | undefined = undefined

  #lastToken: Token<unknown> | undefined = undefined
  #lastSite: Argument | undefined = undefined

  constructor(options: ContainerOptions) {
    this.options = options
    this.root = new ScopeState(this)
    this.scopeFactory = new ServiceScopeFactory(this.root)
    this.rootTransients = new RootTransients(options.rootTransients)
  }

  /** The last registration. */
  siteOf(token: Token<unknown>): Argument | undefined {
    // Many programs ask for one service many times in a row, and a Map costs ten times this comparison.
    if (token === this.#lastToken) return this.#lastSite
    const site = this.sites.get(token)
    if (site === undefined) return undefined
    this.#lastToken = token
    this.#lastSite = site
    return site
  }

  /** In the order of registration. */
  allSites(token: Token<unknown>): readonly Argument[] {
    const several = this.severalSites.get(token)
    if (several !== undefined) return several
    const site = this.sites.get(token)
    return site === undefined ? [] : [site]
  }

  /** Enters a scope among the open ones. */
  link(scope: ScopeState): void {
    scope.older = this.newestScope
    if (this.newestScope !== undefined) this.newestScope.newer = scope
    this.newestScope = scope
  }

  unlink(scope: ScopeState): void {
    if (scope.newer !== undefined) scope.newer.older = scope.older
    else if (this.newestScope === scope) this.newestScope = scope.older
    if (scope.older !== undefined) scope.older.newer = scope.newer
    scope.older = undefined
    scope.newer = undefined
  }
}
