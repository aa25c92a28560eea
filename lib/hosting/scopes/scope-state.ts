import type { ObjectDisposedError } from '../../errors.js'
import { objectDisposed } from '../../tracking/disposal-stacks.js'
import type { WeakOwner } from '../../weak-owner.js'
import type { ConstructedSite } from '../resolution/call-site.js'
import type { InFlight } from '../resolution/in-flight.js'
import type { ServiceContainer } from '../resolution/service-container.js'
import type { ServiceProvider } from '../resolution/service-provider.js'
import type { DisposableService } from './ownership.js'
import type { PendingWork } from './pending-work.js'
import type { AsyncServiceScope } from './service-scope.js'

// The phase of a scope, or of the root, which is one more scope:
//
//   open ──disposeAsync(), work is tracked──► draining ──the work is done──► disposing ──► disposed
//     └──── dispose(), disposeAsync(), no work is tracked ────────────────────►┘
//
// While it drains, services can be resolved: the work it waits for may need them.
export const OPEN = 0
export const DRAINING = 1
export const DISPOSING = 2
export const DISPOSED = 3

/** Tells the `ServiceScope` that its scope is disposed. @internal */
export const closed: unique symbol = Symbol('closed')

/**
 * What a scope holds, and the root too. It must not be able to reach its `ServiceScope`: when that was collected, what
 * is here has to be disposed of. The services in it can have the provider, so that cannot reach it either.
 */
export class ScopeState {
  phase = OPEN
  readonly container: ServiceContainer
  /** Instances by the slots of their call sites; `UNDER_CONSTRUCTION` in between. */
  cache: unknown[] = []
  /** What has to be disposed of, in the order of construction. */
  owned: DisposableService[] = []
  /** Work that disposal waits for. */
  work: PendingWork | undefined = undefined
  /** Instances that are being made asynchronously. */
  inFlight: Map<ConstructedSite, InFlight> | undefined = undefined
  /** Whether a service took another one after it was made, so that `owned` is not the order to go by. */
  hasLateUses = false
  /** Set while a disposer is called: what it calls must not wait for it. */
  isInDisposer = false
  /** The disposal that is under way. */
  disposal: Promise<void> | undefined = undefined
  /** What `run` has returned: it settles after the disposal. */
  runs: Promise<unknown> | undefined = undefined
  /** Finds the `ServiceScope`; undefined for the root. */
  owner: WeakOwner<AsyncServiceScope> | undefined = undefined
  /** The open scopes of a provider are a list, the newest first. */
  older: ScopeState | undefined = undefined
  newer: ScopeState | undefined = undefined
  /** What services of this scope are given when they ask for a `ServiceProvider`, once one has. */
  provider: ServiceProvider | undefined = undefined

  constructor(container: ServiceContainer) {
    this.container = container
  }

  get isRoot(): boolean {
    return this === this.container.root
  }
}

export function scopeDisposed(scope: ScopeState): ObjectDisposedError {
  return objectDisposed(scope, scope.isRoot ? 'ServiceProvider' : 'ServiceScope')
}

/** @throws ObjectDisposedError when the scope is disposed, or is being disposed */
export function checkUsable(scope: ScopeState): void {
  if (scope.phase >= DISPOSING) throw scopeDisposed(scope)
}
