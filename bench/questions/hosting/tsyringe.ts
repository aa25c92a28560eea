import { loadPackage } from '../../packages.js'
import type { Service, ServiceClass } from './graph.js'
import type { Container, Library } from './library.js'

interface DependencyContainer {
  register(token: ServiceClass, provider: { useClass: ServiceClass }, options: { lifecycle: number }): void
  resolve(token: ServiceClass): object
  createChildContainer(): DependencyContainer
  dispose(): Promise<void>
}

interface Tsyringe {
  readonly container: DependencyContainer
  readonly Lifecycle: Readonly<Record<'Singleton' | 'ContainerScoped' | 'Transient', number>>
  injectable(): (type: ServiceClass) => void
}

/** What decorated classes are compiled to: types of parameters as metadata. */
function makeContainer(services: readonly Service[]): DependencyContainer {
  loadPackage('reflect-metadata')
  const { defineMetadata } = Reflect as unknown as {
    defineMetadata(key: string, value: unknown, target: ServiceClass): void
  }
  const { container, injectable, Lifecycle } = loadPackage<Tsyringe>('tsyringe')
  const { Singleton, ContainerScoped, Transient } = Lifecycle
  const lifecycles = { singleton: Singleton, scoped: ContainerScoped, transient: Transient }
  for (const { type, lifetime } of services) {
    if (type.inject !== undefined) defineMetadata('design:paramtypes', type.inject, type)
    injectable()(type)
    container.register(type, { useClass: type }, { lifecycle: lifecycles[lifetime] })
  }
  return container
}

function wrap(root: DependencyContainer): Container<DependencyContainer> {
  return {
    async useScopes(type, count) {
      for (let i = 0; i < count; i++) {
        const scope = root.createChildContainer()
        scope.resolve(type)
        await scope.dispose()
      }
    },
    resolve(type, count) {
      let service: object | undefined
      for (let i = 0; i < count; i++) service = root.resolve(type)
      return service
    },
    openScope: () => root.createChildContainer(),
    resolveIn: (scope, type) => scope.resolve(type),
    disposeOf: (scope) => scope.dispose(),
  }
}

export const tsyringe: Library = {
  name: 'tsyringe',
  disposesTransients: true,
  register: (services) => wrap(makeContainer(services)),
}
