import { HostedService } from '../background/hosted-service.js'
import type { ServiceProvider } from '../resolution/service-provider.js'
import type { AnyDependency } from './dependency.js'
import { nameOf, type ServiceKey, type Token } from './token.js'

/**
 * How long an instance lives: as long as the provider, as long as the scope that asked for it first, or as long as
 * the scope that asked for it, one for each time.
 */
export type ServiceLifetime = 'singleton' | 'scoped' | 'transient'

/** Makes a service; may return a promise, and the service has to be asked for with `getAsync` then. */
export type ServiceFactory<T> = (services: ServiceProvider) => T | Promise<T>

/** A class that the container can construct. */
export interface ConstructibleClass {
  readonly name: string
  readonly inject?: readonly AnyDependency[]
  new (...args: any[]): unknown
}

export type Implementation =
  | { readonly form: 'class'; readonly type: ConstructibleClass }
  | { readonly form: 'factory'; readonly factory: ServiceFactory<unknown> }
  | { readonly form: 'instance'; readonly instance: unknown }

/** One registration. */
export interface ServiceDescriptor {
  readonly token: Token<unknown>
  readonly key: ServiceKey | undefined
  readonly lifetime: ServiceLifetime
  readonly implementation: Implementation
}

/** Hosted services share a token, and go by the names of their classes. */
export function nameOfDescriptor({ token, key, implementation }: ServiceDescriptor): string {
  if (token === HostedService && implementation.form === 'class') return implementation.type.name
  return nameOf(token, key)
}

/**
 * Whether to call the function with `new`. The `prototype` of a class, also of one that was compiled to a function,
 * cannot be replaced; that of a function can, and arrow functions and methods have none.
 */
export function isClass(value: unknown): value is ConstructibleClass {
  return typeof value === 'function' && Object.getOwnPropertyDescriptor(value, 'prototype')?.writable === false
}
