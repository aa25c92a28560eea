import { isObject } from '../../validate.js'
import type { ScopeState } from '../scopes/scope-state.js'
import type { Argument, ConstructedSite } from './call-site.js'

/** A service that is being made, or was, and for whom. There is one for nearly every service: it is kept small. */
export class Construction {
  readonly site: ConstructedSite
  /** The scope that it will live in. */
  readonly scope: ScopeState
  /** The service that needs it; undefined for the program; null when it is made, or will not be. */
  user: Construction | undefined | null

  constructor(site: ConstructedSite, scope: ScopeState, user: Construction | undefined) {
    this.site = site
    this.scope = scope
    this.user = user
  }

  /** Who asks through it from then on asks for nobody. */
  get isDone(): boolean {
    return this.user === null
  }

  /** To be called when it is made, or will not be. Whoever keeps it does not keep its users and their scopes then. */
  finish(): void {
    this.user = null
  }
}

/** `construction` and those that wait for it, innermost first. */
export function* chainOf(construction: Construction | undefined): Generator<Construction, void, void> {
  for (let one = construction; one !== undefined && one.user !== null; one = one.user) yield one
}

/** The names of a chain and, behind them, `names`: from the service that was asked for to the one at fault. */
export function pathTo(construction: Construction | undefined, ...names: string[]): string[] {
  const chain = Array.from(chainOf(construction), ({ site }) => site.name)
  return [...chain.reverse(), ...names]
}

/** Keeps what a service has taken, when it is made. */
export function noteMade(service: unknown, construction: Construction): void {
  const { tracksUses, uses } = construction.scope.container
  if (tracksUses && isObject(service)) uses.set(service, usesOf(construction))
}

/** Notes that a service was taken: it has to be disposed of after its user. */
export function noteUse(user: Construction, service: unknown): void {
  if (isObject(service)) usesOf(user).push(service)
}

function usesOf(user: Construction): object[] {
  const { uses } = user.scope.container
  const known = uses.get(user)
  if (known !== undefined) return known
  const made: object[] = []
  uses.set(user, made)
  return made
}

/** Notes what a service was given, unless that lives in another scope and so longer. */
export function noteArgument(argument: Argument, value: unknown, construction: Construction): void {
  const { scope } = construction
  if (!scope.container.tracksUses || (argument.lifetime === 'singleton' && !scope.isRoot)) return
  if (Array.isArray(value)) for (const one of value) noteUse(construction, one)
  else noteUse(construction, value)
}
