import { isObject } from '../../validate.js'
import {
  AllDependency,
  type AnyDependency,
  KeyedDependency,
  LazyDependency,
  nameOfDependency,
  type SingleDependency,
} from '../registration/dependency.js'
import type { ServiceDescriptor } from '../registration/descriptor.js'
import { ServiceScopeFactory } from '../scopes/service-scope-factory.js'
import { AllArgument, LazyArgument } from './arguments.js'
import { ProviderSite, ScopeFactorySite } from './builtin-sites.js'
import { type Argument, ConstructedSite, InstanceSite, ScopedSite, SingletonSite, TransientSite } from './call-site.js'
import { ClassRecipe, FactoryRecipe } from './recipe.js'
import { RootServiceProvider } from './root-service-provider.js'
import { type ContainerOptions, ServiceContainer } from './service-container.js'
import { ServiceProvider } from './service-provider.js'
import { findFaults, type Missing } from './validation.js'

/** Links what was registered: call sites in the place of tokens. */
export function buildProvider(
  descriptors: readonly ServiceDescriptor[],
  options: ContainerOptions,
): RootServiceProvider {
  const container = new ServiceContainer(options)
  const sites = makeSites(descriptors)
  container.sites.set(ServiceProvider, new ProviderSite())
  container.sites.set(ServiceScopeFactory, new ScopeFactorySite())
  for (const [index, descriptor] of descriptors.entries()) {
    enter(container, descriptor, sites[index] as ConstructedSite | InstanceSite)
  }
  noteClaims(container, descriptors)
  const constructed = sites.filter((site) => site instanceof ConstructedSite)
  const missing = linkAll(container, descriptors, sites)
  for (const site of constructed) site.isLeaf = isLeaf(site, container)
  findFaults(constructed, missing, options)
  return new RootServiceProvider(container.root)
}

/** The slots of scoped services are the first ones, so that the caches of scopes are short. */
function makeSites(descriptors: readonly ServiceDescriptor[]): (ConstructedSite | InstanceSite)[] {
  let scoped = 0
  let others = descriptors.filter(({ lifetime }) => lifetime === 'scoped').length
  return descriptors.map((one) => makeSite(one, one.lifetime === 'scoped' ? scoped++ : others++))
}

function makeSite(descriptor: ServiceDescriptor, slot: number): ConstructedSite | InstanceSite {
  const { implementation, lifetime } = descriptor
  if (implementation.form === 'instance') return new InstanceSite(implementation.instance)
  const recipe =
    implementation.form === 'class' ? new ClassRecipe(implementation.type) : new FactoryRecipe(implementation.factory)
  const Site = { singleton: SingletonSite, scoped: ScopedSite, transient: TransientSite }[lifetime]
  return new Site(descriptor, recipe, slot)
}

function enter(
  { sites, severalSites, keyedSites }: ServiceContainer,
  { token, key }: ServiceDescriptor,
  site: ConstructedSite | InstanceSite,
): void {
  if (key !== undefined) {
    const byKey = keyedSites.get(token)
    if (byKey === undefined) keyedSites.set(token, new Map([[key, site]]))
    else byKey.set(key, site)
    return
  }
  const before = sites.get(token)
  sites.set(token, site)
  const several = severalSites.get(token)
  if (several !== undefined) several.push(site)
  else if (before instanceof ConstructedSite || before instanceof InstanceSite) severalSites.set(token, [before, site])
}

function noteClaims(container: ServiceContainer, descriptors: readonly ServiceDescriptor[]): void {
  if (!descriptors.some(({ implementation }) => implementation.form === 'factory')) return
  container.claimed = new WeakSet()
  for (const { implementation } of descriptors) {
    if (implementation.form === 'instance' && isObject(implementation.instance)) {
      container.claimed.add(implementation.instance)
    }
  }
}

/** @returns what classes need, and what nobody has registered */
function linkAll(
  container: ServiceContainer,
  descriptors: readonly ServiceDescriptor[],
  sites: readonly (ConstructedSite | InstanceSite)[],
): Missing[] {
  const missing: Missing[] = []
  for (const [index, { implementation }] of descriptors.entries()) {
    const site = sites[index]
    if (implementation.form !== 'class' || !(site instanceof ConstructedSite)) continue
    const linked: Argument[] = []
    for (const dependency of implementation.type.inject ?? []) {
      const argument = link(container, dependency)
      if (argument === undefined)
        missing.push({ site, name: nameOfDependency(dependency as SingleDependency<unknown>) })
      else linked.push(argument)
    }
    ;(site.recipe as ClassRecipe).arguments = linked
  }
  return missing
}

function isLeaf({ recipe }: ConstructedSite, { tracksUses }: ServiceContainer): boolean {
  return !recipe.isFactory && recipe.arguments.length === 0 && !tracksUses
}

function link(container: ServiceContainer, dependency: AnyDependency): Argument | undefined {
  if (dependency instanceof AllDependency) return new AllArgument(container.allSites(dependency.token))
  if (dependency instanceof KeyedDependency) return container.keyedSites.get(dependency.token)?.get(dependency.key)
  if (!(dependency instanceof LazyDependency)) return container.sites.get(dependency)
  const target = link(container, dependency.dependency)
  if (target === undefined) return undefined
  container.tracksUses = true
  return new LazyArgument(target)
}
