import { betweenSamples } from '../../contest.js'
import type { Question } from '../../question.js'
import { type Contestant, interleaved } from '../../rounds.js'
import { awilixProxy } from './awilix.js'
import { againstFastest } from './fastest.js'
import { bystanders, Pool, REPORTING, Report, type Service, type ServiceClass } from './graph.js'
import { holdfast } from './holdfast.js'
import { inversify, inversifyCompiled } from './inversify.js'
import { tsyringe } from './tsyringe.js'
import { typedInject } from './typed-inject.js'

const PEERS = [awilixProxy, tsyringe, inversify, inversifyCompiled, typedInject]
const peers = PEERS.map(({ name }) => name)

function contestants(services: readonly Service[], type: ServiceClass): Contestant[] {
  return [holdfast, ...PEERS].map(({ name, register }) => ({
    name,
    prepare: () => {
      const container = register(services)
      return (count) => {
        if (container.resolve(type, count) instanceof type) return count
        throw new Error(`${name} has not resolved a ${type.name}.`)
      }
    },
  }))
}

const MANY = 100
const BESIDES = (MANY - REPORTING.length) / 2
const AMONG_MANY = [...bystanders(BESIDES, 'Earlier'), ...REPORTING, ...bystanders(BESIDES, 'Later')]

const ASKED = [
  { what: 'a singleton', type: Pool },
  { what: 'a transient of three services', type: Report },
] as const

const SIZES = [
  { services: AMONG_MANY, bound: { atLeast: 1 } },
  { services: REPORTING, bound: undefined },
] as const

const TRIALS = SIZES.flatMap(({ services, bound }) =>
  ASKED.map(({ what, type }) => {
    const name = `${what}, of ${services.length} services`
    return { name, bound, trial: interleaved(name, contestants(services, type)) }
  }),
)

export const resolving: Question = {
  id: 'resolving',
  title: 'Resolving one service',
  note:
    'Asked of the container itself; no scope is open, and nothing is disposable. The singleton is there already; the ' +
    'constructor of the transient takes two singletons and another transient. Once they are in the middle of ' +
    `${MANY} services, as in a program, and once there is nothing beside them: typed-inject looks for a service from ` +
    'the one that was provided last to the one that was provided first. With `jitless: false` inversify generates code. awilix calls factories with a proxy.',
  trials: TRIALS.map(({ trial }) => trial),
  contest: betweenSamples(holdfast.name),
  measures: [],
  judge: (trials) =>
    TRIALS.map(({ name, bound }) =>
      againstFastest(trials, {
        label: `${name}: the fastest of the others`,
        trial: name,
        ours: holdfast.name,
        peers,
        ...(bound !== undefined && { bound }),
      }),
    ),
}
