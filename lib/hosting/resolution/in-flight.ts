import { releaseLate, releaseUnclaimed } from '../scopes/ownership.js'
import { checkUsable, DISPOSING, type ScopeState } from '../scopes/scope-state.js'
import type { ConstructedSite } from './call-site.js'
import { Construction, chainOf, noteArgument } from './construction.js'
import { checkCircle, constructionFailed, madeNothing, needsItself } from './faults.js'

/** One instance that is being made asynchronously, for all who wait for it. */
export class InFlight {
  readonly promise: Promise<unknown>
  /** What its own factory waits for. */
  readonly waitsFor = new Set<InFlight>()
  settle!: (outcome: PromiseLike<unknown>) => void

  constructor() {
    this.promise = new Promise((resolve) => {
      this.settle = resolve
    })
  }

  /** Whether it will not be there before `other` is. */
  reaches(other: InFlight): boolean {
    const seen = new Set<InFlight>([this])
    for (const one of seen) {
      if (one === other) return true
      for (const next of one.waitsFor) seen.add(next)
    }
    return false
  }
}

/** For a service that may be made asynchronously, or need such. */
export async function resolveInFlight(
  site: ConstructedSite,
  scope: ScopeState,
  user: Construction | undefined,
): Promise<unknown> {
  checkUsable(scope)
  const home = site.homeOf(scope)
  const cached = site.cachedIn(home)
  if (cached !== undefined) return cached
  const inFlight = home.inFlight?.get(site)
  if (inFlight !== undefined) return await wait(inFlight, site, user)
  site.checkStart(home, user)
  const construction = new Construction(site, home, user)
  if (site.lifetime !== 'transient') return await wait(start(construction), site, user)
  // Circles of classes were found before.
  if (user?.site.recipe.isFactory) checkCircle(site, home, user)
  return await constructAsync(construction)
}

/** The instance whose making has to wait for what `user` asks for. */
function waitingFor(user: Construction | undefined): InFlight | undefined {
  for (const { site, scope } of chainOf(user)) {
    const inFlight = scope.inFlight?.get(site)
    if (inFlight !== undefined) return inFlight
  }
  return undefined
}

async function wait(inFlight: InFlight, site: ConstructedSite, user: Construction | undefined): Promise<unknown> {
  const waiting = waitingFor(user)
  if (waiting === undefined) return await inFlight.promise
  if (inFlight.reaches(waiting)) throw needsItself(site, user)
  waiting.waitsFor.add(inFlight)
  try {
    return await inFlight.promise
  } finally {
    waiting.waitsFor.delete(inFlight)
  }
}

function start(construction: Construction): InFlight {
  return follow(construction, () => constructAsync(construction))
}

/** Enters the making of an instance for all who ask for it meanwhile. */
function follow(construction: Construction, make: () => Promise<unknown>): InFlight {
  const { site, scope: home } = construction
  const inFlight = new InFlight()
  home.inFlight ??= new Map()
  const { inFlight: all } = home
  all.set(site, inFlight)
  // Before its factory runs, which may ask for who waits for it.
  waitingFor(construction.user ?? undefined)?.waitsFor.add(inFlight)
  inFlight.settle(make().finally(() => all.delete(site)))
  return inFlight
}

function constructAsync(construction: Construction): Promise<unknown> {
  const { site, scope: home } = construction
  return completing(construction, async () => {
    // So that a chain of services does not become one of calls.
    if (site.isDeep) await undefined
    const values: unknown[] = []
    for (const need of site.recipe.arguments) {
      const value = await need.resolveAsync(home, construction)
      noteArgument(need, value, construction)
      values.push(value)
    }
    return site.recipe.createFrom(values, home, construction)
  })
}

async function completing(construction: Construction, make: () => PromiseLike<unknown>): Promise<unknown> {
  try {
    return await completeAsync(await make(), construction)
  } catch (error) {
    throw constructionFailed(error, construction)
  } finally {
    construction.finish()
  }
}

async function completeAsync(service: unknown, construction: Construction): Promise<unknown> {
  if (service === undefined) throw madeNothing(construction.site, construction.user ?? undefined)
  if (construction.scope.phase >= DISPOSING) await releaseLate(service, construction)
  return construction.site.finish(service, construction)
}

/**
 * A factory has returned a promise to somebody who cannot wait. Whoever asks with `getAsync` will have the service;
 * one that is made for each request nobody will have.
 */
export function adoptLater({ site, scope }: Construction, made: PromiseLike<unknown>): void {
  const construction = new Construction(site, scope, undefined)
  if (site.lifetime === 'transient') {
    made.then((service) => releaseUnclaimed(service, construction), noteNothing)
    return
  }
  follow(construction, () => completing(construction, () => made)).promise.catch(noteNothing)
}

/** The caller was told that it does not get the service; the next one will be told why, if there is a next one. */
function noteNothing(): void {}
