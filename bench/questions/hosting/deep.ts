import { performance } from 'node:perf_hooks'
import type { Contest } from '../../contest.js'
import type { Progress, Question, Samples, Trial } from '../../question.js'
import { awilixProxy } from './awilix.js'
import { makeClass, Releasable, releasedServices, type Service, type ServiceClass } from './graph.js'
import { holdfast } from './holdfast.js'
import { inversify } from './inversify.js'
import type { Library } from './library.js'
import { tsyringe } from './tsyringe.js'
import { typedInject } from './typed-inject.js'

const WANTED = 5_000
const SHORTEST = 10
const ROUNDS = 21
/** How exactly the longest chain is looked for. */
const STEP = 50

/** Scoped services, each of which needs the one before. */
function makeChain(length: number): Service[] {
  const types: ServiceClass[] = []
  for (let place = 0; place < length; place++) {
    types.push(makeClass(`Link${place}`, types.slice(-1), Releasable))
  }
  return types.map((type) => ({ type, lifetime: 'scoped' }))
}

interface Chain {
  readonly length: number
  /** Returns how long it took. */
  use(): Promise<number>
}

function registerChain({ name, register }: Library, length: number): Chain {
  const services = makeChain(length)
  const container = register(services)
  const { type } = services.at(-1) as Service
  const use = async () => {
    const before = releasedServices()
    const start = performance.now()
    const scope = container.openScope()
    container.resolveIn(scope, type)
    await container.disposeOf(scope)
    const time = performance.now() - start
    const released = releasedServices() - before
    if (released !== length) throw new Error(`${name} has disposed of ${released} services of ${length}.`)
    return time * 1e6
  }
  return { length, use }
}

/** undefined when the stack overflows: some wrap what is thrown then, or have it thrown once more on the way. */
async function tryChain(library: Library, length: number): Promise<Chain | undefined> {
  try {
    const chain = registerChain(library, length)
    await chain.use()
    return chain
  } catch {
    return undefined
  }
}

/** The longest that can be used, or a little less. */
async function longestChain(library: Library, progress: Progress): Promise<Chain> {
  let longest = registerChain(library, SHORTEST)
  // Whatever goes wrong with this one is no overflow.
  await longest.use()
  let tooLong = WANTED + STEP
  for (let length = WANTED; tooLong - longest.length > STEP; length = Math.round((longest.length + tooLong) / 2)) {
    progress(`${length} services`)
    const chain = await tryChain(library, length)
    if (chain === undefined) tooLong = length
    else longest = chain
  }
  return longest
}

const LENGTH = 'longest chain'
const TIME = 'opened, resolved and disposed of'

async function measure(library: Library, progress: Progress): Promise<Samples> {
  const chain = await longestChain(library, progress)
  const times: number[] = []
  for (let round = 0; round < ROUNDS; round++) {
    progress(`round ${round + 1} of ${ROUNDS}`)
    times.push(await chain.use())
  }
  return { [LENGTH]: { unit: 'count', values: [chain.length] }, [TIME]: { unit: 'time', values: times } }
}

function trial(library: Library): Trial {
  return { name: library.name, run: (progress) => measure(library, progress) }
}

/** Times are of chains of different lengths, and are not compared. */
const contest: Contest = (trial, sample) => {
  const isOurs = trial === holdfast.name
  return sample === LENGTH ? { group: sample, contestant: trial, isOurs, better: 'more' } : undefined
}

export const deep: Question = {
  id: 'deep',
  title: 'A chain of 5,000 services',
  note:
    'Scoped and disposable services, each of which needs the one before: a scope is opened, the last of them is ' +
    'resolved, and the scope is disposed of. Where the stack overflows, the longest chain is looked for with which it ' +
    'does not, to within 50 services, and the time is that of this one. The chain is registered once and used 21 times. Each library in a process of its own, with the ' +
    'stack that Node.js has by default.',
  trials: [holdfast, awilixProxy, tsyringe, inversify, typedInject].map(trial),
  contest,
  measures: [
    { label: 'services in the chain', trial: holdfast.name, of: LENGTH, bound: { atLeast: WANTED } },
    { label: TIME, trial: holdfast.name, of: TIME },
  ],
  details: 'wide',
}
