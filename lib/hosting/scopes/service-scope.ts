import type { HandleToken } from '../../handle-token.js'
import { closedAtEnd, closeManaged, openManaged } from '../../managed-handle.js'
import * as symbols from '../../symbols.js'
import { noteClosing } from '../../tracking/handle-events.js'
import { useAsync } from '../../use.js'
import { checkFunction } from '../../validate.js'
import { WeakOwner } from '../../weak-owner.js'
import type { ServiceKey, Token } from '../registration/token.js'
import type { ServiceContainer } from '../resolution/service-container.js'
import { providerOf, type ServiceProvider, trackWork } from '../resolution/service-provider.js'
import { runAsCurrent } from './current-scope.js'
import { dispose, disposeAsync, disposeCollected } from './scope-disposal.js'
import { checkUsable, closed, ScopeState } from './scope-state.js'

const state: unique symbol = Symbol('state')
const token: unique symbol = Symbol('token')

/**
 * A scope that is disposed of asynchronously: scoped services live as long as it does, and so do transients that were
 * taken from it. Keep it for as long as you use them: a scope that was forgotten is disposed of when the engine has
 * collected it, and reported like any other handle, of the kind `ServiceScope`.
 */
export class AsyncServiceScope implements AsyncDisposable {
  /** What scopes are counted as, in `liveHandles` and in reports. */
  static readonly kind: string = 'ServiceScope'
  /** @internal */
  readonly [state]: ScopeState;
  /** Stands for it in the native table. @internal */
  [token]: HandleToken | undefined

  /** @internal */
  constructor(container: ServiceContainer) {
    const scope = new ScopeState(container)
    const opened = openManaged(this, AsyncServiceScope, scope, disposeCollected, 0, undefined)
    scope.owner = new WeakOwner(opened)
    container.link(scope)
    this[state] = scope
    this[token] = opened
  }

  /** The provider of the scope. */
  get services(): ServiceProvider {
    return providerOf(this[state])
  }

  /** `services.get(token)` */
  get<T>(token: Token<T>): T {
    return providerOf(this[state]).get(token)
  }

  /** `services.tryGet(token)` */
  tryGet<T>(token: Token<T>): T | undefined {
    return providerOf(this[state]).tryGet(token)
  }

  /** `services.getAll(token)` */
  getAll<T>(token: Token<T>): T[] {
    return providerOf(this[state]).getAll(token)
  }

  /** `services.getAsync(token)` */
  getAsync<T>(token: Token<T>): Promise<T> {
    return providerOf(this[state]).getAsync(token)
  }

  /** `services.getKeyed(token, key)` */
  getKeyed<T>(token: Token<T>, key: ServiceKey): T {
    return providerOf(this[state]).getKeyed(token, key)
  }

  /**
   * Says that services of this scope are in use until the promise settles: `services.track(promise, name)`
   *
   * ```ts
   * await using scope = provider.createAsyncScope()
   * scope.track(scope.get(Bus).broadcast(message), 'broadcast').catch(report)
   * ```
   */
  track<P extends PromiseLike<unknown>>(promise: P, name?: string): P {
    trackWork(this[state], promise, name, this)
    return promise
  }

  /**
   * Calls `body` with the provider of the scope, waits for what that returns and for tracked work, and disposes of the
   * scope. `currentScope()` finds it meanwhile.
   *
   * @returns what `body` returns; rejects with what it throws, and with what disposing throws
   */
  run<T>(body: (services: ServiceProvider) => T): Promise<Awaited<T>> {
    checkUsable(this[state])
    return runInScope(this, body)
  }

  /**
   * Waits for tracked work, and disposes of the services of this scope, in the reverse order of their construction,
   * by `Symbol.asyncDispose` or else `Symbol.dispose`. Called again while that is under way, it settles with the
   * first call.
   *
   * @returns rejects with what disposers throw, when all have run; several errors as a `SuppressedError`
   */
  disposeAsync(): Promise<void> {
    return disposeAsync(this[state], this, this.disposeAsync)
  }

  /** For `await using`: calls `disposeAsync()`. */
  [symbols.asyncDispose](): Promise<void> {
    return this.disposeAsync()
  }

  /** @internal */
  [closed](): void {
    if (this[token] === undefined) return
    noteClosing(this[token])
    closeManaged(this[token])
    this[token] = undefined
  }

  /** @internal */
  [closedAtEnd](): void {
    this[token] = undefined
  }
}

/** A scope that can be disposed of synchronously, too. */
export class ServiceScope extends AsyncServiceScope implements Disposable {
  /**
   * Disposes of the services of this scope, in the reverse order of their construction. Nothing happens when it is
   * called again.
   *
   * @throws InvalidOperationError while tracked work is pending; nothing has happened then
   * @throws InvalidOperationError for a service that can be disposed of asynchronously only, when all others are
   *   disposed; `disposeAsync()` can still dispose of it
   * @throws what disposers throw; several errors as a `SuppressedError`
   */
  dispose(): void {
    dispose(this[state], this, this.dispose)
  }

  /** For `using`: calls `dispose()`. */
  [symbols.dispose](): void {
    this.dispose()
  }
}

export function runInScope<T>(scope: AsyncServiceScope, body: (services: ServiceProvider) => T): Promise<Awaited<T>> {
  const run = useAsync(scope, () => {
    checkFunction('body', body)
    return runAsCurrent(scope, () => body(scope.services))
  })
  scope[state].runs = run
  return run
}
