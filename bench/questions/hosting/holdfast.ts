import { type RootServiceProvider, ServiceCollection, type ServiceScope } from 'holdfast/hosting'
import type { Service, ServiceClass } from './graph.js'
import type { Container, Library } from './library.js'

function build(services: readonly Service[]): RootServiceProvider {
  const collection = new ServiceCollection()
  for (const { type, lifetime } of services) {
    const injected = type as new () => object
    if (lifetime === 'singleton') collection.addSingleton(injected)
    else if (lifetime === 'scoped') collection.addScoped(injected)
    else collection.addTransient(injected)
  }
  return collection.build()
}

class HoldfastContainer implements Container<ServiceScope> {
  protected readonly provider: RootServiceProvider

  constructor(services: readonly Service[]) {
    this.provider = build(services)
  }

  useScopes(type: ServiceClass, count: number): void | Promise<void> {
    const { provider } = this
    for (let i = 0; i < count; i++) {
      const scope = provider.createScope()
      scope.get(type)
      scope.dispose()
    }
  }

  resolve(type: ServiceClass, count: number): object | undefined {
    const { provider } = this
    let service: object | undefined
    for (let i = 0; i < count; i++) service = provider.get(type)
    return service
  }

  openScope(): ServiceScope {
    return this.provider.createScope()
  }

  resolveIn(scope: ServiceScope, type: ServiceClass): object {
    return scope.get(type)
  }

  disposeOf(scope: ServiceScope): void {
    scope.dispose()
  }
}

class AsynchronousContainer extends HoldfastContainer {
  override async useScopes(type: ServiceClass, count: number): Promise<void> {
    const { provider } = this
    for (let i = 0; i < count; i++) {
      const scope = provider.createAsyncScope()
      scope.get(type)
      await scope.disposeAsync()
    }
  }
}

export const holdfast: Library = {
  name: 'Holdfast',
  disposesTransients: true,
  register: (services) => new HoldfastContainer(services),
}

export const holdfastAsync: Library = {
  ...holdfast,
  name: 'Holdfast, disposeAsync()',
  register: (services) => new AsynchronousContainer(services),
}
