import * as symbols from '../../symbols.js'
import { dispose, disposeAsync } from '../scopes/scope-disposal.js'
import type { ScopeState } from '../scopes/scope-state.js'
import { ServiceProvider, scopeOf } from './service-provider.js'

/** What `ServiceCollection.build` makes: the provider of the singletons, which can be disposed of. */
export class RootServiceProvider extends ServiceProvider implements Disposable, AsyncDisposable {
  /** @internal */
  constructor(root: ScopeState) {
    super(root, undefined)
  }

  /**
   * Disposes of the scopes that are open, the newest first, and of the singletons, in the reverse order of their
   * construction. Nothing happens when it is called again.
   *
   * @throws InvalidOperationError while tracked work is pending; nothing has happened then
   * @throws InvalidOperationError for a service that can be disposed of asynchronously only, when all others are
   *   disposed; `disposeAsync()` can still dispose of it
   * @throws what disposers throw; several errors as a `SuppressedError`
   */
  dispose(): void {
    dispose(this[scopeOf], undefined, this.dispose)
  }

  /**
   * The same, asynchronously: waits for tracked work, and prefers `Symbol.asyncDispose`. Called again while that is
   * under way, it settles with the first call.
   *
   * @returns rejects with what disposers throw
   */
  disposeAsync(): Promise<void> {
    return disposeAsync(this[scopeOf], undefined, this.disposeAsync)
  }

  /** For `using`: calls `dispose()`. */
  [symbols.dispose](): void {
    this.dispose()
  }

  /** For `await using`: calls `disposeAsync()`. */
  [symbols.asyncDispose](): Promise<void> {
    return this.disposeAsync()
  }
}
