import type { Service, ServiceClass } from './graph.js'

/** A library with services registered. `S` is what it has for a scope. */
export interface Container<S> {
  /**
   * Opens a scope, resolves the service in it, and disposes of it, `count` times. Each library has a loop of its own,
   * so that the compiler can optimise it for that one.
   */
  useScopes(type: ServiceClass, count: number): void | Promise<void>
  /** Resolves a service that is not scoped `count` times. Returns the last one. */
  resolve(type: ServiceClass, count: number): object | undefined
  openScope(): S
  resolveIn(scope: S, type: ServiceClass): object
  /** Returns what is to be awaited. */
  disposeOf(scope: S): unknown
}

export interface Library {
  readonly name: string
  /** Whether scopes dispose of the transients that were resolved in them. */
  readonly disposesTransients: boolean
  register(services: readonly Service[]): Container<any>
}
