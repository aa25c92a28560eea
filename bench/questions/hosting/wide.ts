import { performance } from 'node:perf_hooks'
import { setImmediate } from 'node:timers/promises'
import { betweenTrials } from '../../contest.js'
import type { Progress, Question, Samples, Trial } from '../../question.js'
import { collectGarbage } from '../../rounds.js'
import { awilixProxy } from './awilix.js'
import { makeClass, type Service, type ServiceClass } from './graph.js'
import { holdfast } from './holdfast.js'
import { inversify } from './inversify.js'
import type { Library } from './library.js'
import { tsyringe } from './tsyringe.js'

const SERVICES = 10_000
const LIFETIMES = ['singleton', 'singleton', 'scoped', 'scoped', 'transient'] as const
const LAYER = SERVICES / LIFETIMES.length
const MOST_NEEDS = 5
const ROUNDS = 7

/** In layers: the services of each need one to five of the layer below. */
function makeServices(): Service[] {
  const services: Service[] = []
  let below: readonly ServiceClass[] = []
  for (const [layer, lifetime] of LIFETIMES.entries()) {
    const types = Array.from({ length: LAYER }, (_, place) => {
      const needs = below.length === 0 ? 0 : (place % MOST_NEEDS) + 1
      const inject = Array.from({ length: needs }, (_, need) => below[(place + need * layer) % LAYER] as ServiceClass)
      return makeClass(`Layer${layer}Service${place}`, inject)
    })
    services.push(...types.map((type) => ({ type, lifetime })))
    below = types
  }
  return services
}

const REGISTERED = 'registered'
const RESOLVED = 'each resolved once'

async function measure({ name, register }: Library, progress: Progress): Promise<Samples> {
  const registered: number[] = []
  const resolved: number[] = []
  for (let round = 0; round < ROUNDS; round++) {
    progress(`round ${round + 1} of ${ROUNDS}`)
    const services = makeServices()
    collectGarbage('major')
    await setImmediate()
    const start = performance.now()
    const container = register(services)
    const built = performance.now()
    const scope = container.openScope()
    for (const { type } of services) {
      if (!(container.resolveIn(scope, type) instanceof type)) throw new Error(`${name} has not resolved ${type.name}.`)
    }
    const end = performance.now()
    await container.disposeOf(scope)
    registered.push((built - start) * 1e6)
    resolved.push((end - built) * 1e6)
  }
  return { [REGISTERED]: { unit: 'time', values: registered }, [RESOLVED]: { unit: 'time', values: resolved } }
}

function trial(library: Library): Trial {
  return { name: library.name, run: (progress) => measure(library, progress) }
}

export const wide: Question = {
  id: 'wide',
  title: '10,000 services',
  note:
    'Five layers of 2,000 classes: two of singletons, two of scoped services and one of transients; each class needs ' +
    'one to five of the layer below. `build()` of Holdfast validates all of it: whether everything is there, whether ' +
    'anything needs itself, and whether a singleton would hold a scoped service. The others validate nothing, so that ' +
    'what they take to register is less work; what is wrong shows when a service is resolved. Afterwards each service ' +
    'is resolved once in one scope; opening it is inside that time. Each library in a process of its own, awilix with ' +
    'factories and a proxy; typed-inject is missing, whose injectors stand on one another so that the stack overflows ' +
    'when one of so many is resolved. The first of the rounds, before anything is compiled, counts like the others.',
  trials: [holdfast, awilixProxy, tsyringe, inversify].map(trial),
  contest: betweenTrials(holdfast.name),
  measures: [
    {
      label: 'registered, built and validated, the slowest of the rounds',
      trial: holdfast.name,
      of: REGISTERED,
      take: 'worst',
      bound: { atMost: 1e9 },
    },
    { label: 'the same, the median', trial: holdfast.name, of: REGISTERED },
    { label: RESOLVED, trial: holdfast.name, of: RESOLVED },
  ],
  details: 'wide',
}
