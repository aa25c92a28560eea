import { AsyncLocalStorage } from 'node:async_hooks'
import type { AsyncServiceScope } from './service-scope.js'

/** Has a scope, or opens it when it is asked for. */
export interface ScopeSource {
  readonly scope: AsyncServiceScope
}

const sources = new AsyncLocalStorage<ScopeSource>()

/**
 * The scope that the running code was started in by `run`, of a provider or a scope, or by a web framework's request;
 * also after an `await`, and in timers. undefined outside of any.
 */
export function currentScope(): AsyncServiceScope | undefined {
  return sources.getStore()?.scope
}

/** Calls `body` with the scope as the current one. */
export function runAsCurrent<T>(scope: AsyncServiceScope, body: () => T): T {
  return sources.run({ scope }, body)
}

/** The same for a scope that may not be open yet. */
export function runWithSource<T>(source: ScopeSource, body: () => T): T {
  return sources.run(source, body)
}
