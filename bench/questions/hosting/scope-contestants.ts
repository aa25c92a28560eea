import type { Contestant } from '../../rounds.js'
import { isReleasable, releasedServices, type Service, type ServiceClass } from './graph.js'
import type { Container, Library } from './library.js'

export interface ScopeUser extends Omit<Library, 'register'> {
  register(services: readonly Service[]): Pick<Container<never>, 'useScopes'>
}

/** Each opens scopes, resolves the service, which needs all others, and disposes of the scopes. */
export function scopeContestants(
  libraries: readonly ScopeUser[],
  services: readonly Service[],
  type: ServiceClass,
): Contestant[] {
  const releasable = services.filter(isReleasable)
  const scoped = releasable.filter(({ lifetime }) => lifetime === 'scoped')
  return libraries.map(({ name, disposesTransients, register }) => {
    const due = (disposesTransients ? releasable : scoped).length
    return {
      name,
      prepare: () => {
        const container = register(services)
        return async (count) => {
          const before = releasedServices()
          await container.useScopes(type, count)
          const released = releasedServices() - before
          if (released !== count * due) throw new Error(`${name}: ${released} services disposed of in ${count} scopes.`)
          return released
        }
      },
    }
  })
}
