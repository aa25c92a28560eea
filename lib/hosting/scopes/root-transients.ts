import { emitWarning } from '../../warnings.js'
import { ServiceError } from '../registration/service-error.js'
import type { ConstructedSite } from '../resolution/call-site.js'
import { type Construction, chainOf, pathTo } from '../resolution/construction.js'
import type { ContainerOptions } from '../resolution/service-container.js'

/** From this many of one service on, and then at every tenfold, it is told of. */
const FIRST_WARNING = 100

/**
 * Disposable transients that were taken from the root. It holds each of them until the provider is disposed: in a
 * program that runs for long that is a leak. Those that a singleton is made with are not meant: there are as many of
 * them as there are singletons.
 */
export class RootTransients {
  readonly #mode: ContainerOptions['rootTransients']
  readonly #counts = new Map<ConstructedSite, number>()

  constructor(mode: ContainerOptions['rootTransients']) {
    this.#mode = mode
  }

  /** Notes one more. @returns why it is refused */
  note(site: ConstructedSite, user: Construction | undefined): ServiceError | undefined {
    if (this.#mode === 'allow' || isForSingleton(user)) return undefined
    const count = (this.#counts.get(site) ?? 0) + 1
    this.#counts.set(site, count)
    if (this.#mode === 'throw') return new ServiceError(describe(site.name, count), pathTo(user, site.name))
    if (isPowerOfTen(count) && count >= FIRST_WARNING) warn(site.name, count)
    return undefined
  }
}

function isForSingleton(user: Construction | undefined): boolean {
  for (const { site } of chainOf(user)) if (site.lifetime === 'singleton') return true
  return false
}

function isPowerOfTen(count: number): boolean {
  return Number.isInteger(Math.log10(count))
}

const FIX = 'Take it from a scope: `provider.run(…)`, or `using scope = provider.createScope()`.'

function describe(name: string, count: number): string {
  const those = count === 1 ? `The transient ${name} was` : `${count} transients of ${name} were`
  return `${those} taken from the root provider, which holds what is disposable until it is disposed itself. ${FIX}`
}

function warn(name: string, count: number): void {
  emitWarning(describe(name, count), { type: 'ServiceLifetimeWarning', code: 'HOLDFAST_ROOT_TRANSIENTS' })
}
