import { loadPackage } from '../../packages.js'
import { isReleasable, type Releasable, type Service, type ServiceClass } from './graph.js'
import type { Container, Library } from './library.js'
import type { ScopeUser } from './scope-contestants.js'

interface Binding {
  inSingletonScope(): WhenBound
  inRequestScope(): WhenBound
  inTransientScope(): WhenBound
}

interface WhenBound {
  onActivation(activate: (context: unknown, service: Releasable) => Releasable): void
  onDeactivation(deactivate: (service: Releasable) => void): void
}

interface InversifyContainer {
  bind(identifier: ServiceClass): { to(type: ServiceClass): Binding }
  get(identifier: ServiceClass): object
  unbindAll(): void
}

interface ContainerOptions {
  readonly parent?: InversifyContainer
  /** `false`: containers generate code. Not worth while for one that lives as long as a request. */
  readonly jitless?: boolean
}

interface Inversify {
  readonly Container: new (options?: ContainerOptions) => InversifyContainer
  injectable(): (type: ServiceClass) => void
  inject(identifier: ServiceClass): (type: ServiceClass, key: undefined, index: number) => void
}

const decorated = new WeakSet<ServiceClass>()

/** What decorators would do. */
function decorate(type: ServiceClass): void {
  if (decorated.has(type)) return
  decorated.add(type)
  const { injectable, inject } = loadPackage<Inversify>('inversify')
  injectable()(type)
  for (const [index, need] of (type.inject ?? []).entries()) inject(need)(type, undefined, index)
}

function makeContainer(services: readonly Service[], options?: ContainerOptions): InversifyContainer {
  loadPackage('reflect-metadata')
  const { Container } = loadPackage<Inversify>('inversify')
  for (const { type } of services) decorate(type)
  return new Container(options)
}

/** A scope is a child container with singletons of its own; the parent's transients are resolved with those. */
function register(services: readonly Service[], options?: ContainerOptions): Container<InversifyContainer> {
  const { Container } = loadPackage<Inversify>('inversify')
  const root = makeContainer(services, options)
  for (const { type, lifetime } of services) {
    if (lifetime === 'singleton') root.bind(type).to(type).inSingletonScope()
    else if (lifetime === 'transient') root.bind(type).to(type).inTransientScope()
  }
  const scoped = services.filter(({ lifetime }) => lifetime === 'scoped')

  const openScope = () => {
    const scope = new Container({ parent: root })
    for (const service of scoped) {
      const { type } = service
      const bound = scope.bind(type).to(type).inSingletonScope()
      if (isReleasable(service)) bound.onDeactivation((one) => one.dispose())
    }
    return scope
  }
  return {
    useScopes(type, count) {
      for (let i = 0; i < count; i++) {
        const scope = openScope()
        scope.get(type)
        scope.unbindAll()
      }
    },
    resolve(type, count) {
      let service: object | undefined
      for (let i = 0; i < count; i++) service = root.get(type)
      return service
    },
    openScope,
    resolveIn: (scope, type) => scope.get(type),
    disposeOf: (scope) => scope.unbindAll(),
  }
}

export const inversify: Library = {
  name: 'inversify',
  disposesTransients: false,
  register: (services) => register(services),
}

export const inversifyCompiled: Library = {
  ...inversify,
  name: 'inversify, jitless: false',
  register: (services) => register(services, { jitless: false }),
}

/**
 * One `get` is a scope here: what is scoped is shared within it, and cannot be had again. Nobody disposes of anything,
 * so that is done by hand.
 */
function registerForRequests(services: readonly Service[]): ReturnType<ScopeUser['register']> {
  const root = makeContainer(services, { jitless: false })
  const made: Releasable[] = []
  for (const service of services) {
    const { type, lifetime } = service
    const binding = root.bind(type).to(type)
    if (lifetime === 'singleton') binding.inSingletonScope()
    else if (lifetime === 'scoped') collect(binding.inRequestScope(), service)
    else collect(binding.inTransientScope(), service)
  }

  function collect(bound: WhenBound, service: Service): void {
    if (!isReleasable(service)) return
    bound.onActivation((_context, one) => {
      made.push(one)
      return one
    })
  }
  return {
    useScopes(type, count) {
      for (let i = 0; i < count; i++) {
        root.get(type)
        for (let one = made.pop(); one !== undefined; one = made.pop()) one.dispose()
      }
    },
  }
}

export const inversifyRequests: ScopeUser = {
  name: 'inversify, requests, disposed of by hand',
  disposesTransients: true,
  register: registerForRequests,
}
