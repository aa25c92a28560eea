import { loadPackage } from '../../packages.js'
import {
  Config,
  Handler,
  isReleasable,
  Mailer,
  Mapper,
  Orders,
  Pool,
  type Releasable,
  Report,
  type Service,
  type ServiceClass,
  Session,
  UnitOfWork,
  User,
  Validator,
} from './graph.js'
import type { Container, Library } from './library.js'

interface Resolver {
  disposer(dispose: (service: Releasable) => void): Resolver
}

interface ResolverOptions {
  readonly lifetime: string
}

type Factory = (cradle: any) => object

interface AwilixContainer {
  register(name: string, resolver: Resolver): void
  resolve(name: string): object
  createScope(): AwilixContainer
  dispose(): Promise<void>
}

type InjectionMode = 'PROXY' | 'CLASSIC'

interface Awilix {
  createContainer(options: { injectionMode: InjectionMode }): AwilixContainer
  asClass(type: ServiceClass, options: ResolverOptions): Resolver
  asFunction(factory: Factory, options: ResolverOptions): Resolver
  readonly Lifetime: Readonly<Record<'SINGLETON' | 'SCOPED' | 'TRANSIENT', string>>
}

/** As parameters are called: `unitOfWork` for `UnitOfWork`. */
function nameOf({ name }: ServiceClass): string {
  return name.charAt(0).toLowerCase() + name.slice(1)
}

/** What the mode PROXY wants: everything by name, from an object that is a proxy. */
const FACTORIES = new Map<ServiceClass, Factory>([
  [Config, () => new Config()],
  [Pool, ({ config }) => new Pool(config)],
  [Session, ({ pool, config }) => new Session(pool, config)],
  [User, ({ config }) => new User(config)],
  [UnitOfWork, ({ session }) => new UnitOfWork(session)],
  [Orders, ({ unitOfWork }) => new Orders(unitOfWork)],
  [Validator, ({ session }) => new Validator(session)],
  [Mailer, ({ user }) => new Mailer(user)],
  [Mapper, () => new Mapper()],
  [Handler, ({ orders, validator, mapper, mailer }) => new Handler(orders, validator, mapper, mailer)],
  [Report, ({ config, pool, mapper }) => new Report(config, pool, mapper)],
])

function factoryOf(type: ServiceClass): Factory {
  const names = (type.inject ?? []).map(nameOf)
  return FACTORIES.get(type) ?? ((cradle) => new type(...names.map((name) => cradle[name])))
}

function makeContainer(services: readonly Service[], injectionMode: InjectionMode): AwilixContainer {
  const { createContainer, asClass, asFunction, Lifetime } = loadPackage<Awilix>('awilix')
  const lifetimes = { singleton: Lifetime.SINGLETON, scoped: Lifetime.SCOPED, transient: Lifetime.TRANSIENT }
  const container = createContainer({ injectionMode })
  for (const service of services) {
    const { type } = service
    const options = { lifetime: lifetimes[service.lifetime] }
    const resolver = injectionMode === 'CLASSIC' ? asClass(type, options) : asFunction(factoryOf(type), options)
    container.register(nameOf(type), isReleasable(service) ? resolver.disposer((one) => one.dispose()) : resolver)
  }
  return container
}

function wrap(root: AwilixContainer): Container<AwilixContainer> {
  return {
    async useScopes(type, count) {
      const name = nameOf(type)
      for (let i = 0; i < count; i++) {
        const scope = root.createScope()
        scope.resolve(name)
        await scope.dispose()
      }
    },
    resolve(type, count) {
      const name = nameOf(type)
      let service: object | undefined
      for (let i = 0; i < count; i++) service = root.resolve(name)
      return service
    },
    openScope: () => root.createScope(),
    resolveIn: (scope, type) => scope.resolve(nameOf(type)),
    disposeOf: (scope) => scope.dispose(),
  }
}

function library(injectionMode: InjectionMode): Library {
  return {
    name: `awilix, ${injectionMode}`,
    disposesTransients: false,
    register: (services) => wrap(makeContainer(services, injectionMode)),
  }
}

/** Calls factories with a proxy. */
export const awilixProxy: Library = library('PROXY')

/** Constructs classes by the names of their parameters. */
export const awilixClassic: Library = library('CLASSIC')
