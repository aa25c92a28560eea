import type { ServiceError } from '../registration/service-error.js'
import { AllArgument, LazyArgument } from './arguments.js'
import { type Argument, ConstructedSite } from './call-site.js'
import { MAX_RECURSION } from './deep-construction.js'
import { describeCaptive, describeCircle, Fault, scopedPath } from './faults.js'
import type { ContainerOptions } from './service-container.js'

// What can be known of services before any is made: whether all they need is there, whether they need themselves, and
// whether what they need lives as long as they do. What factories will ask for cannot be known.

/** A class needs something that is not registered. */
export interface Missing {
  readonly site: ConstructedSite
  readonly name: string
}

interface Need {
  readonly site: ConstructedSite
  /** It is not needed to make the user. */
  readonly isLazy: boolean
}

type Needs = ReadonlyMap<ConstructedSite, readonly Need[]>

/**
 * Finds what is wrong, and which services stand on many others.
 *
 * @param sites in the order of registration
 * @throws AggregateError when something is wrong, and the options want to know
 */
export function findFaults(
  sites: readonly ConstructedSite[],
  missing: readonly Missing[],
  options: ContainerOptions,
): void {
  const needs: Needs = new Map(sites.map((site) => [site, site.recipe.arguments.flatMap((need) => needsOf(need))]))
  const users = usersOf(needs)
  for (const { site, name } of missing) {
    site.fault ??= new Fault(site, `${site.name} needs ${name}, which is not registered. Add it.`, () => [name])
  }
  walk(sites, needs)
  if (options.validateScopes) findCaptives(sites, users)
  spreadFaults(sites, users)
  if (!options.validateOnBuild) return
  const errors = sites.flatMap(({ fault }) => (fault === undefined ? [] : [fault.toError(undefined)]))
  if (errors.length > 0) throw new AggregateError(errors, describeAll(errors))
}

/** Errors whose messages one message shows. */
const MAX_SHOWN = 10

function describeAll(errors: readonly ServiceError[]): string {
  const shown = errors.slice(0, MAX_SHOWN).map(({ message }) => `\n  - ${message}`)
  const left = errors.length - shown.length
  const more = left > 0 ? `\n  - … and ${left} more` : ''
  return `Some services cannot be constructed:${shown.join('')}${more}`
}

function needsOf(argument: Argument, isLazy = false): Need[] {
  if (argument instanceof ConstructedSite) return [{ site: argument, isLazy }]
  if (argument instanceof LazyArgument) return needsOf(argument.target, true)
  if (argument instanceof AllArgument) return argument.sites.flatMap((site) => needsOf(site, isLazy))
  return []
}

function usersOf(needs: Needs): Needs {
  const users = new Map<ConstructedSite, Need[]>()
  for (const [user, all] of needs) {
    for (const { site, isLazy } of all) {
      const known = users.get(site)
      if (known === undefined) users.set(site, [{ site: user, isLazy }])
      else known.push({ site: user, isLazy })
    }
  }
  return users
}

/** A service on the way from one to another that it stands on. */
interface Step {
  readonly site: ConstructedSite
  readonly needs: readonly Need[]
  next: number
  /** How many services stand on one another below it. */
  depth: number
}

/** Walks down from each service to what it stands on: notes how deep that goes, and where it leads back. */
function walk(sites: readonly ConstructedSite[], needs: Needs): void {
  const depths = new Map<ConstructedSite, number>()
  const places = new Map<ConstructedSite, number>()
  for (const start of sites) {
    if (depths.has(start)) continue
    const way = [stepTo(start, needs)]
    places.set(start, 0)
    for (let step = way.at(-1); step !== undefined; step = way.at(-1)) {
      const need = step.needs[step.next++]
      if (need === undefined) {
        way.pop()
        places.delete(step.site)
        depths.set(step.site, step.depth)
        step.site.isDeep = step.depth > MAX_RECURSION
        const below = way.at(-1)
        if (below !== undefined) below.depth = Math.max(below.depth, step.depth + 1)
      } else if (!need.isLazy) {
        const depth = depths.get(need.site)
        const place = places.get(need.site)
        if (depth !== undefined) step.depth = Math.max(step.depth, depth + 1)
        else if (place !== undefined) noteCircle(way.slice(place).map(({ site }) => site))
        else {
          places.set(need.site, way.length)
          way.push(stepTo(need.site, needs))
        }
      }
    }
  }
}

function stepTo(site: ConstructedSite, needs: Needs): Step {
  return { site, needs: needs.get(site) as Need[], next: 0, depth: 0 }
}

function noteCircle(circle: readonly ConstructedSite[]): void {
  for (const [place, site] of circle.entries()) {
    const rest = () => [...circle.slice(place + 1), ...circle.slice(0, place + 1)].map(({ name }) => name)
    site.fault ??= new Fault(site, describeCircle(site), rest)
  }
}

/** Goes up from scoped services: transients that need one are nothing for the root, and singletons cannot be. */
function findCaptives(sites: readonly ConstructedSite[], users: Needs): void {
  const reached = sites.filter(({ lifetime }) => lifetime === 'scoped')
  for (const scoped of reached) {
    for (const { site: user } of users.get(scoped) ?? []) {
      if (user.lifetime === 'singleton') {
        user.fault ??= new Fault(user, describeCaptive(user, scoped), () => scopedPath(scoped))
      } else if (user.lifetime === 'transient' && user.scopedNeed === undefined) {
        user.scopedNeed = scoped
        user.needsScope = true
        reached.push(user)
      }
    }
  }
}

/** Whoever cannot be made without a service that has a fault has it too. */
function spreadFaults(sites: readonly ConstructedSite[], users: Needs): void {
  const faulty = sites.filter(({ fault }) => fault !== undefined)
  for (const site of faulty) {
    for (const { site: user, isLazy } of users.get(site) ?? []) {
      if (isLazy || user.fault !== undefined) continue
      user.fault = site.fault?.of(user)
      faulty.push(user)
    }
  }
}
