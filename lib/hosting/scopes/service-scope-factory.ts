import type { ServiceProvider } from '../resolution/service-provider.js'
import { checkUsable, type ScopeState } from './scope-state.js'
import { AsyncServiceScope, runInScope, ServiceScope } from './service-scope.js'

/** Opens scopes. Services that live long take it, as a token, for work that needs services that do not. */
export class ServiceScopeFactory {
  readonly #root: ScopeState

  /** @internal */
  constructor(root: ScopeState) {
    this.#root = root
  }

  /**
   * Opens a scope, to be disposed of by the caller. Scopes know of no order among themselves: it does not matter
   * where they are opened.
   *
   * @throws ObjectDisposedError when the provider is disposed
   */
  createScope(): ServiceScope {
    checkUsable(this.#root)
    return new ServiceScope(this.#root.container)
  }

  /** The same for a scope that is disposed of asynchronously only. */
  createAsyncScope(): AsyncServiceScope {
    checkUsable(this.#root)
    return new AsyncServiceScope(this.#root.container)
  }

  /** Opens a scope, calls `body` with its provider, waits, and disposes of it. @returns what `body` returns */
  run<T>(body: (services: ServiceProvider) => T): Promise<Awaited<T>> {
    return runInScope(this.createAsyncScope(), body)
  }
}
