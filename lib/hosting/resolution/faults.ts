import { describeThrown, ObjectDisposedError } from '../../errors.js'
import { ServiceError } from '../registration/service-error.js'
import { DISPOSING, type ScopeState } from '../scopes/scope-state.js'
import type { ConstructedSite } from './call-site.js'
import { type Construction, chainOf, pathTo } from './construction.js'

// Why services cannot be had, in words.

export function notRegistered(name: string, user: Construction | undefined): ServiceError {
  return new ServiceError(`${name} is not registered. Add it to the services.`, pathTo(user, name))
}

export function madeNothing({ name }: ConstructedSite, user: Construction | undefined): ServiceError {
  return new ServiceError(
    `The factory of ${name} returned undefined. It has to return the service.`,
    pathTo(user, name),
  )
}

export function isAsynchronous(site: ConstructedSite, user: Construction | undefined): ServiceError {
  return new ServiceError(
    `${site.name} is made asynchronously. Ask for it, or for what needs it, with getAsync().`,
    pathTo(user, site.name),
  )
}

export function needsItself(site: ConstructedSite, user: Construction | undefined): ServiceError {
  return new ServiceError(describeCircle(site), pathTo(user, site.name))
}

/** @throws ServiceError when one of those that wait for the service is itself */
export function checkCircle(site: ConstructedSite, home: ScopeState, user: Construction | undefined): void {
  for (const one of chainOf(user)) {
    if (one.site === site && one.scope === home) throw needsItself(site, user)
  }
}

export function describeCircle({ name }: ConstructedSite): string {
  return `${name} needs itself. Take one of the services on the way through lazy(), or divide it.`
}

/** For a site that is scoped, or has such a need. */
export function scopedInRoot(site: ConstructedSite, user: Construction | undefined): ServiceError {
  const names = scopedPath(site)
  const whole = `${names.at(-1)} is scoped, and the root provider has no scope to put it in`
  const need = names.length === 1 ? '' : ` (${site.name} needs it)`
  const holder = Array.from(chainOf(user)).find((one) => one.site.lifetime === 'singleton')
  const advice =
    holder === undefined
      ? `${need}. Resolve it in a scope: provider.createScope().`
      : `: the singleton ${holder.site.name} would hold it captive${need}. Give it a ServiceScopeFactory.`
  return new ServiceError(whole + advice, pathTo(user, ...names))
}

export function describeCaptive(singleton: ConstructedSite, need: ConstructedSite): string {
  return (
    `${scopedPath(need).at(-1)} is scoped, and the singleton ${singleton.name} would hold it captive as long as the ` +
    `provider lives. Make ${singleton.name} scoped, or let it open scopes: give it a ServiceScopeFactory.`
  )
}

/** The names from a service to the scoped one that it needs, or is. */
export function scopedPath(from: ConstructedSite): string[] {
  const names: string[] = []
  for (let site: ConstructedSite | undefined = from; site !== undefined; site = site.scopedNeed) names.push(site.name)
  return names
}

/** What to throw when a construction threw `error`. */
export function constructionFailed(error: unknown, construction: Construction): unknown {
  // What was resolved on the way has said what there is to say.
  if (error instanceof ServiceError || isOfDisposal(error, construction)) return error
  const { name } = construction.site
  return new ServiceError(`Making ${name} failed: ${describeThrown(error)}`, pathTo(construction), { cause: error })
}

/** Whether it only says that the scope is gone. */
function isOfDisposal(error: unknown, { scope }: Construction): boolean {
  return error instanceof ObjectDisposedError && scope.phase >= DISPOSING
}

/** What is wrong with a registration, to be told to whoever asks for it. */
export class Fault {
  readonly #site: ConstructedSite
  readonly #reason: string
  /** The names from there to the one at fault. Made when asked for: there can be many, and long ones. */
  readonly #rest: () => readonly string[]
  /** That of a service that is needed. */
  readonly #cause: Fault | undefined

  constructor(site: ConstructedSite, reason: string, rest: () => readonly string[], cause?: Fault) {
    this.#site = site
    this.#reason = reason
    this.#rest = rest
    this.#cause = cause
  }

  /** The fault of whoever needs the service with this one. */
  of(user: ConstructedSite): Fault {
    return new Fault(user, this.#reason, this.#rest, this)
  }

  toError(user: Construction | undefined): ServiceError {
    const names: string[] = []
    for (let fault: Fault | undefined = this; fault !== undefined; fault = fault.#cause) names.push(fault.#site.name)
    return new ServiceError(this.#reason, pathTo(user, ...names, ...this.#rest()))
  }
}
