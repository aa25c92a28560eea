import type { DisposableService } from './ownership.js'
import type { ScopeState } from './scope-state.js'

// The order in which the services of a scope are disposed of is the reverse of that in which they were made. There is
// one exception: a service that took another one through lazy() after it was made itself counts as younger.

/** What a scope has to dispose of, each once, the first one last. */
export function disposalOrder(scope: ScopeState): DisposableService[] {
  const services = withoutRepetitions(scope.owned)
  return scope.hasLateUses ? usersLast(services, scope) : services
}

/** Up to here comparing is faster than a Set. */
const FEW = 16

/** A constructor can return what it has returned before. */
function withoutRepetitions(services: DisposableService[]): DisposableService[] {
  if (services.length > FEW) return Array.from(new Set(services))
  return services.filter((service, index) => services.indexOf(service) === index)
}

interface Visit {
  readonly service: object
  readonly uses: readonly object[]
  next: number
}

/** Sorts so that each service comes after what it has used, also by way of services that are not disposed of. */
function usersLast(services: readonly DisposableService[], { container }: ScopeState): DisposableService[] {
  const wanted = new Set<object>(services)
  const seen = new Set<object>()
  const sorted: object[] = []
  const visit = (service: object): Visit => {
    seen.add(service)
    return { service, uses: container.uses.get(service) ?? [], next: 0 }
  }
  for (const start of services) {
    if (seen.has(start)) continue
    const way = [visit(start)]
    for (let step = way.at(-1); step !== undefined; step = way.at(-1)) {
      const used = step.uses[step.next++]
      if (used === undefined) {
        way.pop()
        if (wanted.has(step.service)) sorted.push(step.service)
      } else if (!seen.has(used)) way.push(visit(used))
    }
  }
  return sorted as DisposableService[]
}
