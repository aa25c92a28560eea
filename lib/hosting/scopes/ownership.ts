import { suppress } from '../../suppressed-error.js'
import * as symbols from '../../symbols.js'
import { isObject } from '../../validate.js'
import type { ConstructedSite } from '../resolution/call-site.js'
import type { Construction } from '../resolution/construction.js'
import { checkUsable, DISPOSING, type ScopeState, scopeDisposed } from './scope-state.js'
import { warnOfDisposal } from './scope-warnings.js'

// Who disposes of what: the scope that a service was made in, unless the service was supplied, or another scope has it
// already. What no scope can take is released at once.

/** Something with at least one of the two. */
export interface DisposableService {
  readonly [symbols.dispose]?: () => unknown
  readonly [symbols.asyncDispose]?: () => unknown
}

function isDisposable(service: unknown): service is DisposableService {
  if (!isObject(service)) return false
  const { [symbols.dispose]: dispose } = service as DisposableService
  return typeof dispose === 'function' || typeof (service as DisposableService)[symbols.asyncDispose] === 'function'
}

/**
 * Gives a service that was just made to its scope.
 *
 * @throws ObjectDisposedError when the scope does not live any longer; the service is released then
 * @throws ServiceError when it is a transient that the root is not to hold; it is released, too
 */
export function own(service: unknown, site: ConstructedSite, scope: ScopeState, user: Construction | undefined): void {
  if (!isDisposable(service) || !claim(service, site, scope)) {
    checkUsable(scope)
    return
  }
  const refusal = refusalOf(site, scope, user)
  if (refusal !== undefined) throw releaseRefused(service, refusal)
  scope.owned.push(service)
}

function refusalOf(site: ConstructedSite, scope: ScopeState, user: Construction | undefined): Error | undefined {
  if (scope.phase >= DISPOSING) return scopeDisposed(scope)
  return site.lifetime === 'transient' && scope.isRoot ? scope.container.rootTransients.note(site, user) : undefined
}

/** False when it is somebody else's. What a class makes is always new. */
function claim(service: object, site: ConstructedSite, { container: { claimed } }: ScopeState): boolean {
  if (claimed === undefined) return true
  if (site.recipe.isFactory && claimed.has(service)) return false
  claimed.add(service)
  return true
}

function releaseRefused(service: DisposableService, refusal: Error): unknown {
  try {
    releaseUnattended(service)
  } catch (error) {
    return suppress(error, { error: refusal })
  }
  return refusal
}

/** For a service that comes when its scope is gone. Always rejects. */
export async function releaseLate(service: unknown, construction: Construction): Promise<never> {
  const refusal = scopeDisposed(construction.scope)
  if (!isDisposable(service) || !claim(service, construction.site, construction.scope)) throw refusal
  try {
    await disposeOfAsync(service)
  } catch (error) {
    throw suppress(error, { error: refusal })
  }
  throw refusal
}

/** For a service that comes, and nobody is there who would take it. */
export function releaseUnclaimed(service: unknown, { site, scope }: Construction): void {
  if (!isDisposable(service) || !claim(service, site, scope)) return
  try {
    releaseUnattended(service)
  } catch (error) {
    warnOfDisposal(error)
  }
}

/** Synchronously if that is possible; otherwise nobody waits for it. */
export function releaseUnattended(service: DisposableService): void {
  if (typeof service[symbols.dispose] === 'function') service[symbols.dispose]()
  else void Promise.resolve(service[symbols.asyncDispose]?.()).catch(warnOfDisposal)
}

/** @returns what is to be awaited */
function disposeOfAsync(service: DisposableService): unknown {
  if (typeof service[symbols.asyncDispose] === 'function') return service[symbols.asyncDispose]()
  service[symbols.dispose]?.()
  return undefined
}
