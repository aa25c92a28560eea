import { checkKey, checkToken, isToken, nameOf, type ServiceKey, type Token } from './token.js'

/**
 * A dependency that is resolved when it is first asked for, in the scope that its user lives in. Call it, or read
 * `value`: the service is the same each time, unless resolving failed.
 */
export interface Lazy<T> {
  (): T
  /** The service. @throws what resolving it throws, each time */
  readonly value: T
}

/** What `keyed` makes. */
export class KeyedDependency<T> {
  /** @internal */
  readonly token: Token<T>
  /** @internal */
  readonly key: ServiceKey

  /** @internal */
  constructor(token: Token<T>, key: ServiceKey) {
    this.token = token
    this.key = key
  }
}

/** What `all` makes. */
export class AllDependency<T> {
  /** @internal */
  readonly token: Token<T>

  /** @internal */
  constructor(token: Token<T>) {
    this.token = token
  }
}

/** What `lazy` makes. */
export class LazyDependency<T> {
  /** @internal */
  readonly dependency: SingleDependency<T>

  /** @internal */
  constructor(dependency: SingleDependency<T>) {
    this.dependency = dependency
  }
}

/** What stands for one service. */
export type SingleDependency<T> = Token<T> | KeyedDependency<T>

/** What can stand in `inject` for a constructor parameter of type `T`. */
export type Dependency<T> =
  | SingleDependency<T>
  | ([T] extends [Lazy<infer U>] ? LazyDependency<U> : never)
  | ([T] extends [readonly (infer E)[]] ? AllDependency<E> : never)

/** What `inject` has to be for constructor parameters of the types `P`. */
export type Dependencies<P extends readonly unknown[]> = { readonly [I in keyof P]: Dependency<P[I]> }

/** As far as it matters at run time. */
export type AnyDependency = Token<unknown> | KeyedDependency<unknown> | AllDependency<unknown> | LazyDependency<unknown>

/** In `inject`: the service that is registered under this token and key. */
export function keyed<T>(token: Token<T>, key: ServiceKey): KeyedDependency<T> {
  checkToken('token', token)
  checkKey(key)
  return new KeyedDependency(token, key)
}

/** In `inject`: all services of the token, in the order of their registration. */
export function all<T>(token: Token<T>): AllDependency<T> {
  checkToken('token', token)
  return new AllDependency(token)
}

/**
 * In `inject`: a `Lazy`, which resolves the service when it is first asked for. This is how a circle of services can
 * be closed. For disposal the service counts as older than its user, whenever it is made: the user goes first.
 *
 * @param dependency a token, or `keyed(token, key)`
 */
export function lazy<T>(dependency: SingleDependency<T>): LazyDependency<T> {
  if (!(dependency instanceof KeyedDependency)) checkToken('dependency', dependency)
  return new LazyDependency(dependency)
}

export function isDependency(value: unknown): value is AnyDependency {
  return (
    isToken(value) ||
    value instanceof KeyedDependency ||
    value instanceof AllDependency ||
    value instanceof LazyDependency
  )
}

/** Of one that can be missing: of `all(token)` there may be none. */
export function nameOfDependency(dependency: SingleDependency<unknown> | LazyDependency<unknown>): string {
  if (dependency instanceof LazyDependency) return nameOfDependency(dependency.dependency)
  return dependency instanceof KeyedDependency ? nameOf(dependency.token, dependency.key) : nameOf(dependency)
}
