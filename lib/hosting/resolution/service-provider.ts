import { InvalidOperationError } from '../../errors.js'
import { isThenable } from '../../use.js'
import { checkString, invalidType } from '../../validate.js'
import { checkKey, checkToken, nameOf, type ServiceKey, type Token } from '../registration/token.js'
import { PendingWork } from '../scopes/pending-work.js'
import { checkUsable, type ScopeState } from '../scopes/scope-state.js'
import type { AsyncServiceScope, ServiceScope } from '../scopes/service-scope.js'
import type { Argument } from './call-site.js'
import { type Construction, noteArgument } from './construction.js'
import { notRegistered } from './faults.js'
import { request, requestAsync } from './request.js'

/** @internal */
export const scopeOf: unique symbol = Symbol('scope')
const construction: unique symbol = Symbol('construction')

/**
 * Resolves services, in the root or in a scope. It is a token, too: a service that asks for it gets the provider of
 * the scope that it lives in, which it cannot dispose of.
 */
export class ServiceProvider {
  /** @internal */
  readonly [scopeOf]: ScopeState
  /** The factory that was given this provider. @internal */
  readonly [construction]: Construction | undefined

  /** @internal */
  constructor(scope: ScopeState, user: Construction | undefined) {
    this[scopeOf] = scope
    this[construction] = user
  }

  /**
   * The service that is registered under the token; of several the one that was registered last.
   *
   * @throws ServiceError when there is none, or it cannot be made; `path` leads to the service at fault
   * @throws ObjectDisposedError when the scope is disposed, or is being disposed
   */
  get<T>(token: Token<T>): T {
    const site = this[scopeOf].container.siteOf(token)
    if (site === undefined) throw this.#missing(token, undefined)
    return this.#resolve(site) as T
  }

  /** The same; undefined when the token is not registered. */
  tryGet<T>(token: Token<T>): T | undefined {
    const site = this[scopeOf].container.siteOf(token)
    if (site === undefined) {
      checkToken('token', token)
      checkUsable(this[scopeOf])
      return undefined
    }
    return this.#resolve(site) as T
  }

  /** All services of the token, in the order of their registration; an empty array when there are none. */
  getAll<T>(token: Token<T>): T[] {
    checkToken('token', token)
    checkUsable(this[scopeOf])
    return this[scopeOf].container.allSites(token).map((site) => this.#resolve(site) as T)
  }

  /** The service that is registered under the token and the key. @throws as `get` */
  getKeyed<T>(token: Token<T>, key: ServiceKey): T {
    const site = this.#keyedSite(token, key)
    if (site === undefined) throw this.#missing(token, key)
    return this.#resolve(site) as T
  }

  /** The same; undefined when nothing is registered under both. */
  tryGetKeyed<T>(token: Token<T>, key: ServiceKey): T | undefined {
    checkUsable(this[scopeOf])
    const site = this.#keyedSite(token, key)
    return site === undefined ? undefined : (this.#resolve(site) as T)
  }

  /**
   * Like `get`, for services whose factories are asynchronous, or that need such. A singleton or scoped service is
   * made once, whoever asks for it meanwhile. When the scope is disposed before the service is there, the service is
   * released, and the promise rejects.
   */
  async getAsync<T>(token: Token<T>): Promise<T> {
    const site = this[scopeOf].container.siteOf(token)
    if (site === undefined) throw this.#missing(token, undefined)
    return (await requestAsync(this[scopeOf], site, this[construction])) as T
  }

  /** The same for all services of the token, one after the other. */
  async getAllAsync<T>(token: Token<T>): Promise<T[]> {
    checkToken('token', token)
    checkUsable(this[scopeOf])
    const services: T[] = []
    for (const site of this[scopeOf].container.allSites(token)) {
      services.push((await requestAsync(this[scopeOf], site, this[construction])) as T)
    }
    return services
  }

  /** The same for a keyed service. */
  async getKeyedAsync<T>(token: Token<T>, key: ServiceKey): Promise<T> {
    const site = this.#keyedSite(token, key)
    if (site === undefined) throw this.#missing(token, key)
    return (await requestAsync(this[scopeOf], site, this[construction])) as T
  }

  /**
   * Opens a scope, to be disposed of by the caller. Scopes know of no order among themselves: it does not matter
   * where they are opened.
   *
   * @throws ObjectDisposedError when this scope, or the provider, is disposed
   */
  createScope(): ServiceScope {
    checkUsable(this[scopeOf])
    return this[scopeOf].container.scopeFactory.createScope()
  }

  /** The same for a scope that is disposed of asynchronously only, so that the compiler refuses a mere `using`. */
  createAsyncScope(): AsyncServiceScope {
    checkUsable(this[scopeOf])
    return this[scopeOf].container.scopeFactory.createAsyncScope()
  }

  /**
   * Opens a scope, calls `body` with its provider, waits for what that returns and for tracked work, and disposes of
   * the scope. `currentScope()` finds it meanwhile.
   *
   * @returns what `body` returns; rejects with what it throws, and with what disposing throws
   */
  run<T>(body: (services: ServiceProvider) => T): Promise<Awaited<T>> {
    checkUsable(this[scopeOf])
    return this[scopeOf].container.scopeFactory.run(body)
  }

  /**
   * Says that services of this scope are in use until the promise settles. Asynchronous disposal waits for it;
   * synchronous disposal throws until then. Its error stays with whoever has the promise: handle it there.
   *
   * @param name what the work is called when disposal has to wait for it
   * @returns the promise
   * @throws ObjectDisposedError when the scope is disposed, or is being disposed
   * @throws InvalidOperationError for what `run` or `disposeAsync` of the same scope has returned
   */
  track<P extends PromiseLike<unknown>>(promise: P, name?: string): P {
    trackWork(this[scopeOf], promise, name, undefined)
    return promise
  }

  #resolve(site: Argument): unknown {
    const user = this[construction]
    if (user === undefined) return request(this[scopeOf], site, undefined)
    const service = request(this[scopeOf], site, user)
    if (!user.isDone) noteArgument(site, service, user)
    return service
  }

  #keyedSite(token: Token<unknown>, key: ServiceKey): Argument | undefined {
    checkToken('token', token)
    checkKey(key)
    return this[scopeOf].container.keyedSites.get(token)?.get(key)
  }

  #missing(token: Token<unknown>, key: ServiceKey | undefined): Error {
    checkToken('token', token)
    checkUsable(this[scopeOf])
    return notRegistered(nameOf(token, key), this[construction])
  }
}

/** @param owner the `ServiceScope`; to be looked for if it is not at hand */
export function trackWork(scope: ScopeState, promise: unknown, name: unknown, owner: object | undefined): void {
  if (!isThenable(promise)) throw invalidType('promise', 'a promise', promise)
  if (name !== undefined) checkString('name', name)
  checkUsable(scope)
  if (promise === scope.runs || promise === scope.disposal) throw endsWithItself()
  scope.work ??= new PendingWork()
  scope.work.add(promise, name, owner ?? scope.owner?.find())
}

function endsWithItself(): InvalidOperationError {
  return new InvalidOperationError(
    'Cannot track what ends with the disposal of the scope: each would wait for the other. Track the work itself.',
  )
}

/** What services of the scope are given when they ask for a `ServiceProvider`: always the same. */
export function providerOf(scope: ScopeState): ServiceProvider {
  scope.provider ??= new ServiceProvider(scope, undefined)
  return scope.provider
}
