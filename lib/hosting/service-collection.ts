import { checkBoolean, checkInteger, checkOneOf, checkOptions, invalidType, MAX_TIMEOUT } from '../validate.js'
import { HostedService } from './background/hosted-service.js'
import { type Dependencies, isDependency } from './registration/dependency.js'
import {
  type ConstructibleClass,
  type Implementation,
  isClass,
  nameOfDescriptor,
  type ServiceDescriptor,
  type ServiceFactory,
  type ServiceLifetime,
} from './registration/descriptor.js'
import { ServiceError } from './registration/service-error.js'
import { checkKey, checkToken, type ServiceKey, type Token } from './registration/token.js'
import { buildProvider } from './resolution/build.js'
import type { RootServiceProvider } from './resolution/root-service-provider.js'

/** A class that a container can construct: its static `inject` stands for the parameters, one for one. */
export type InjectedClass<C extends abstract new (...args: any) => unknown> =
  [] extends ConstructorParameters<C>
    ? { readonly inject?: Dependencies<ConstructorParameters<C>> }
    : { readonly inject: Dependencies<ConstructorParameters<C>> }

type ClassOf<T> = new (...args: any[]) => T

/** What `build` checks, and what a provider warns of. */
export interface ServiceProviderOptions {
  /** Refuse scoped services that would live as long as the provider. Default true */
  readonly validateScopes?: boolean
  /** Let `build` throw an `AggregateError` when services cannot be constructed. Default true */
  readonly validateOnBuild?: boolean
  /**
   * What to do about disposable transients that are taken from the root provider, which holds each of them until it
   * is disposed itself: `'throw'`, or `'warn'` at the 100th, 1,000th, 10,000th … of a service. Default `'warn'`
   */
  readonly rootTransients?: 'allow' | 'warn' | 'throw'
  /**
   * How long the disposal of a scope may wait for tracked work before a process warning names it, in milliseconds.
   * Default 10,000
   */
  readonly disposalWarningMs?: number
}

/**
 * Which services there are, and how they are made. `build()` makes a provider of them.
 *
 * ```ts
 * class Store {
 *   static readonly inject = [Config, Database] as const
 *   constructor(config: Config, database: Database) { … }
 * }
 * const services = new ServiceCollection()
 *   .addSingleton(Config)
 *   .addScoped(Database, (services) => new Database(services.get(Config).path))
 *   .addTransient(Store)
 * await using provider = services.build()
 * ```
 *
 * An implementation is a class, whose static `inject` is checked against its constructor; a factory, which is given
 * the provider of the scope that the service will live in; or, for a singleton, an instance. What the container has
 * made it disposes of, by `Symbol.asyncDispose` or `Symbol.dispose`; an instance that was supplied it leaves alone.
 *
 * A token can be registered several times: `get` takes the last one, `getAll` all of them.
 */
export class ServiceCollection {
  #descriptors: ServiceDescriptor[] = []

  /** One instance for the provider, made when it is first asked for. */
  addSingleton<T>(token: Token<T>, implementation: { readonly instance: NoInfer<T> }): this
  addSingleton<T>(token: Token<T>, implementation: ServiceFactory<NoInfer<T>>): this
  addSingleton<T, C extends ClassOf<NoInfer<T>>>(token: Token<T>, implementation: C & InjectedClass<C>): this
  addSingleton<C extends ClassOf<unknown>>(implementation: C & InjectedClass<C>): this
  addSingleton(token: Token<unknown>, implementation: unknown = token): this {
    return this.#add('singleton', token, undefined, implementation)
  }

  /** One instance for each scope, made when it is first asked for there. */
  addScoped<T>(token: Token<T>, implementation: ServiceFactory<NoInfer<T>>): this
  addScoped<T, C extends ClassOf<NoInfer<T>>>(token: Token<T>, implementation: C & InjectedClass<C>): this
  addScoped<C extends ClassOf<unknown>>(implementation: C & InjectedClass<C>): this
  addScoped(token: Token<unknown>, implementation: unknown = token): this {
    return this.#add('scoped', token, undefined, implementation)
  }

  /** An instance for each time it is asked for, which lives as long as the scope that it was asked of. */
  addTransient<T>(token: Token<T>, implementation: ServiceFactory<NoInfer<T>>): this
  addTransient<T, C extends ClassOf<NoInfer<T>>>(token: Token<T>, implementation: C & InjectedClass<C>): this
  addTransient<C extends ClassOf<unknown>>(implementation: C & InjectedClass<C>): this
  addTransient(token: Token<unknown>, implementation: unknown = token): this {
    return this.#add('transient', token, undefined, implementation)
  }

  /** `addSingleton`, unless the token is registered. */
  tryAddSingleton<T>(token: Token<T>, implementation: { readonly instance: NoInfer<T> }): this
  tryAddSingleton<T>(token: Token<T>, implementation: ServiceFactory<NoInfer<T>>): this
  tryAddSingleton<T, C extends ClassOf<NoInfer<T>>>(token: Token<T>, implementation: C & InjectedClass<C>): this
  tryAddSingleton<C extends ClassOf<unknown>>(implementation: C & InjectedClass<C>): this
  tryAddSingleton(token: Token<unknown>, implementation: unknown = token): this {
    return this.#tryAdd('singleton', token, implementation)
  }

  /** `addScoped`, unless the token is registered. */
  tryAddScoped<T>(token: Token<T>, implementation: ServiceFactory<NoInfer<T>>): this
  tryAddScoped<T, C extends ClassOf<NoInfer<T>>>(token: Token<T>, implementation: C & InjectedClass<C>): this
  tryAddScoped<C extends ClassOf<unknown>>(implementation: C & InjectedClass<C>): this
  tryAddScoped(token: Token<unknown>, implementation: unknown = token): this {
    return this.#tryAdd('scoped', token, implementation)
  }

  /** `addTransient`, unless the token is registered. */
  tryAddTransient<T>(token: Token<T>, implementation: ServiceFactory<NoInfer<T>>): this
  tryAddTransient<T, C extends ClassOf<NoInfer<T>>>(token: Token<T>, implementation: C & InjectedClass<C>): this
  tryAddTransient<C extends ClassOf<unknown>>(implementation: C & InjectedClass<C>): this
  tryAddTransient(token: Token<unknown>, implementation: unknown = token): this {
    return this.#tryAdd('transient', token, implementation)
  }

  /**
   * A singleton that is asked for with `getKeyed`, or `keyed(token, key)` in `inject`.
   *
   * @throws ServiceError when the token is registered under this key
   */
  addKeyedSingleton<T>(token: Token<T>, key: ServiceKey, implementation: { readonly instance: NoInfer<T> }): this
  addKeyedSingleton<T>(token: Token<T>, key: ServiceKey, implementation: ServiceFactory<NoInfer<T>>): this
  addKeyedSingleton<T, C extends ClassOf<NoInfer<T>>>(
    token: Token<T>,
    key: ServiceKey,
    implementation: C & InjectedClass<C>,
  ): this
  addKeyedSingleton(token: Token<unknown>, key: ServiceKey, implementation: unknown): this {
    return this.#addKeyed('singleton', token, key, implementation)
  }

  /** The same for a scoped service. */
  addKeyedScoped<T>(token: Token<T>, key: ServiceKey, implementation: ServiceFactory<NoInfer<T>>): this
  addKeyedScoped<T, C extends ClassOf<NoInfer<T>>>(
    token: Token<T>,
    key: ServiceKey,
    implementation: C & InjectedClass<C>,
  ): this
  addKeyedScoped(token: Token<unknown>, key: ServiceKey, implementation: unknown): this {
    return this.#addKeyed('scoped', token, key, implementation)
  }

  /** The same for a transient service. */
  addKeyedTransient<T>(token: Token<T>, key: ServiceKey, implementation: ServiceFactory<NoInfer<T>>): this
  addKeyedTransient<T, C extends ClassOf<NoInfer<T>>>(
    token: Token<T>,
    key: ServiceKey,
    implementation: C & InjectedClass<C>,
  ): this
  addKeyedTransient(token: Token<unknown>, key: ServiceKey, implementation: unknown): this {
    return this.#addKeyed('transient', token, key, implementation)
  }

  /** A service that a host starts and stops: a singleton of its own, a `BackgroundService` most of the time. */
  addHostedService<C extends ClassOf<HostedService>>(implementation: C & InjectedClass<C>): this
  addHostedService(implementation: ServiceFactory<HostedService>): this
  addHostedService(implementation: unknown): this {
    return this.#add('singleton', HostedService, undefined, implementation)
  }

  /**
   * Puts another implementation in the place of the last registration of the token, with the lifetime of that; for
   * tests.
   *
   * @throws ServiceError when the token is not registered, or an instance is to replace a service that is no singleton
   */
  replace<T>(token: Token<T>, implementation: { readonly instance: NoInfer<T> }): this
  replace<T>(token: Token<T>, implementation: ServiceFactory<NoInfer<T>>): this
  replace<T, C extends ClassOf<NoInfer<T>>>(token: Token<T>, implementation: C & InjectedClass<C>): this
  replace(token: Token<unknown>, implementation: unknown): this {
    checkToken('token', token)
    const place = this.#descriptors.findLastIndex((one) => one.token === token && one.key === undefined)
    const replaced = this.#descriptors[place]
    if (replaced === undefined) {
      throw new ServiceError(`There is no ${token.name} to replace: add it first.`, [token.name])
    }
    this.#descriptors[place] = describe(replaced.lifetime, token, undefined, implementation)
    return this
  }

  /** Takes all registrations of the token back, keyed ones included. */
  remove(token: Token<unknown>): this {
    checkToken('token', token)
    this.#descriptors = this.#descriptors.filter((one) => one.token !== token)
    return this
  }

  /**
   * Makes a provider of what is registered now; what is registered later it does not know.
   *
   * @throws TypeError for an option that is not what it has to be
   * @throws AggregateError of `ServiceError`s, one for each registration that cannot be constructed: something it
   *   needs is missing, or needs it in turn, or lives shorter than it. What factories ask for is not known then, and
   *   found when it is resolved
   */
  build(options: ServiceProviderOptions = {}): RootServiceProvider {
    checkOptions('options', options)
    const {
      validateScopes = true,
      validateOnBuild = true,
      rootTransients = 'warn',
      disposalWarningMs = 10_000,
    } = options
    checkBoolean('options.validateScopes', validateScopes)
    checkBoolean('options.validateOnBuild', validateOnBuild)
    checkOneOf('options.rootTransients', rootTransients, ['allow', 'warn', 'throw'])
    checkInteger('options.disposalWarningMs', disposalWarningMs, 1, MAX_TIMEOUT)
    return buildProvider(this.#descriptors, { validateScopes, validateOnBuild, rootTransients, disposalWarningMs })
  }

  #add(lifetime: ServiceLifetime, token: Token<unknown>, key: ServiceKey | undefined, implementation: unknown): this {
    checkToken('token', token)
    this.#descriptors.push(describe(lifetime, token, key, implementation))
    return this
  }

  #tryAdd(lifetime: ServiceLifetime, token: Token<unknown>, implementation: unknown): this {
    checkToken('token', token)
    const descriptor = describe(lifetime, token, undefined, implementation)
    if (!this.#has(token, undefined)) this.#descriptors.push(descriptor)
    return this
  }

  #addKeyed(lifetime: ServiceLifetime, token: Token<unknown>, key: ServiceKey, implementation: unknown): this {
    checkToken('token', token)
    checkKey(key)
    const descriptor = describe(lifetime, token, key, implementation)
    if (this.#has(token, key)) {
      const name = nameOfDescriptor(descriptor)
      throw new ServiceError(`${name} is registered already. Use another key, or remove() the token first.`, [name])
    }
    this.#descriptors.push(descriptor)
    return this
  }

  #has(token: Token<unknown>, key: ServiceKey | undefined): boolean {
    return this.#descriptors.some((one) => one.token === token && one.key === key)
  }
}

function describe(
  lifetime: ServiceLifetime,
  token: Token<unknown>,
  key: ServiceKey | undefined,
  given: unknown,
): ServiceDescriptor {
  const implementation = implementationOf(given)
  const descriptor = { token, key, lifetime, implementation }
  if (implementation.form === 'instance' && lifetime !== 'singleton') {
    const name = nameOfDescriptor(descriptor)
    throw new ServiceError(`${name} is ${lifetime}, and an instance is always a singleton. Give a factory.`, [name])
  }
  return descriptor
}

const WANTED = 'a class, a factory, or an object with an instance'

function implementationOf(given: unknown): Implementation {
  if (typeof given === 'function') {
    if (!isClass(given)) return { form: 'factory', factory: given as ServiceFactory<unknown> }
    checkInject(given)
    return { form: 'class', type: given }
  }
  if (typeof given !== 'object' || given === null || !('instance' in given)) {
    throw invalidType('implementation', WANTED, given)
  }
  if (given.instance === undefined) throw invalidType('implementation.instance', 'anything but undefined', undefined)
  return { form: 'instance', instance: given.instance }
}

function checkInject(type: ConstructibleClass): void {
  const { inject } = type
  if (inject === undefined) {
    if (type.length === 0) return
    const needs = `The constructor of ${type.name} has ${type.length} parameter${type.length === 1 ? '' : 's'}`
    throw new ServiceError(`${needs}, and the class no static inject that says what to give. Add one, or a factory.`, [
      type.name,
    ])
  }
  if (!Array.isArray(inject)) throw invalidType(`${type.name}.inject`, 'an array', inject)
  for (const [index, dependency] of inject.entries()) {
    if (!isDependency(dependency)) {
      throw invalidType(
        `${type.name}.inject[${index}]`,
        'a token, or what keyed, all or lazy has made. (A class that is declared further down is undefined yet.)',
        dependency,
      )
    }
  }
}
