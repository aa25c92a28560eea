import { loadPackage } from '../../packages.js'
import type { Service, ServiceClass } from './graph.js'
import type { Container, Library } from './library.js'

// Its tokens are typed as strings and only compared: classes will do, so that it can read the same `inject`.

interface Injector {
  provideClass(token: ServiceClass, type: ServiceClass, scope: string): Injector
  resolve(token: ServiceClass): object
  createChildInjector(): Injector
  dispose(): Promise<void>
}

interface TypedInject {
  createInjector(): Injector
  readonly Scope: Readonly<Record<'Singleton' | 'Transient', string>>
}

interface InjectorScope {
  readonly injector: Injector
  /** Provides everything; it disposes of the last service only. */
  readonly last: Injector
}

function register(services: readonly Service[]): Container<InjectorScope> {
  const { createInjector, Scope } = loadPackage<TypedInject>('typed-inject')
  const provideAll = (injector: Injector, those: readonly Service[]) => {
    let last = injector
    for (const { type, lifetime } of those) {
      last = last.provideClass(type, type, lifetime === 'transient' ? Scope.Transient : Scope.Singleton)
    }
    return last
  }
  const isShared = services.every(({ lifetime }) => lifetime !== 'scoped')
  const shared = isShared ? services : services.filter(({ lifetime }) => lifetime === 'singleton')
  const scoped = isShared ? [] : services.filter(({ lifetime }) => lifetime !== 'singleton')
  const root = provideAll(createInjector(), shared)

  const openScope = (): InjectorScope => {
    const injector = root.createChildInjector()
    return { injector, last: provideAll(injector, scoped) }
  }
  return {
    async useScopes(type, count) {
      for (let i = 0; i < count; i++) {
        const { injector, last } = openScope()
        last.resolve(type)
        await injector.dispose()
      }
    },
    resolve(type, count) {
      let service: object | undefined
      for (let i = 0; i < count; i++) service = root.resolve(type)
      return service
    },
    openScope,
    resolveIn: ({ last }, type) => last.resolve(type),
    disposeOf: ({ injector }) => injector.dispose(),
  }
}

export const typedInject: Library = {
  name: 'typed-inject',
  disposesTransients: true,
  register,
}
