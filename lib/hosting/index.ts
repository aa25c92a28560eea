/// <reference lib="esnext.disposable" preserve="true" />
/**
 * Services whose scopes dispose of them, background services, hosts.
 *
 * @module holdfast/hosting
 */
export { BackgroundService } from './background/background-service.js'
export { createHost, Host, type HostOptions } from './background/host.js'
export { HostedService } from './background/hosted-service.js'
export { ScopedBackgroundService } from './background/scoped-background-service.js'
export {
  type AllDependency,
  all,
  type Dependencies,
  type Dependency,
  type KeyedDependency,
  keyed,
  type Lazy,
  type LazyDependency,
  lazy,
  type SingleDependency,
} from './registration/dependency.js'
export type { ServiceFactory, ServiceLifetime } from './registration/descriptor.js'
export { ServiceError } from './registration/service-error.js'
export { createToken, type ServiceClass, type ServiceKey, type ServiceToken, type Token } from './registration/token.js'
export { RootServiceProvider } from './resolution/root-service-provider.js'
export { ServiceProvider } from './resolution/service-provider.js'
export { currentScope } from './scopes/current-scope.js'
export { AsyncServiceScope, ServiceScope } from './scopes/service-scope.js'
export { ServiceScopeFactory } from './scopes/service-scope-factory.js'
export {
  type InjectedClass,
  ServiceCollection,
  type ServiceProviderOptions,
} from './service-collection.js'
