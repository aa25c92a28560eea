import { betweenSamples } from '../../contest.js'
import type { Question } from '../../question.js'
import { interleaved } from '../../rounds.js'
import { awilixClassic, awilixProxy } from './awilix.js'
import { againstFastest } from './fastest.js'
import { GRAPH, Handler } from './graph.js'
import { holdfast, holdfastAsync } from './holdfast.js'
import { inversify, inversifyRequests } from './inversify.js'
import { scopeContestants } from './scope-contestants.js'
import { tsyringe } from './tsyringe.js'
import { typedInject } from './typed-inject.js'

const PEERS = [awilixProxy, awilixClassic, tsyringe, inversify, typedInject]
const TRIAL = '10 services'

const OURS = [
  [holdfast, 'dispose()'],
  [holdfastAsync, 'disposeAsync(), awaited'],
] as const

export const scopes: Question = {
  id: 'scopes',
  title: 'A scope for each request',
  note:
    'A scope is opened, a service is resolved in it that stands on nine others, and the scope is disposed of. Two of ' +
    'the ten are singletons, four scoped and four transient; the scoped ones are disposable, and two of the transients. ' +
    'Whoever has disposed of fewer than its library can fails. tsyringe and typed-inject dispose of all six as Holdfast ' +
    'does, awilix and inversify of the four that are scoped. awilix, tsyringe and typed-inject dispose asynchronously ' +
    'only, and are awaited. The reverse order of construction is kept by Holdfast alone. awilix calls factories with a proxy, ' +
    'or constructs classes by the names of their parameters (CLASSIC). A scope of inversify is a child container with ' +
    'four singletons of its own, which `unbindAll()` disposes of; one of typed-inject a child injector to which all ' +
    'that is not a singleton is provided anew. With inversify a single `get` can be a request as well, in which scoped ' +
    'services are shared. Nothing can be resolved in it afterwards, and nothing is disposed of: the last row has that ' +
    'done by hand, with handlers that collect what was made. It shows what a scope costs, and is no peer.',
  trials: [
    interleaved(TRIAL, scopeContestants([holdfast, holdfastAsync, ...PEERS, inversifyRequests], GRAPH, Handler)),
  ],
  contest: betweenSamples(holdfast.name, holdfastAsync.name),
  measures: [],
  judge: (trials) => [
    ...OURS.map(([{ name }, way]) =>
      againstFastest(trials, {
        label: `${way}: the fastest of the others`,
        trial: TRIAL,
        ours: name,
        peers: PEERS.map((peer) => peer.name),
        bound: { atLeast: 1.5 },
      }),
    ),
    againstFastest(trials, {
      label: 'dispose(): no scope, and disposal by hand',
      trial: TRIAL,
      ours: holdfast.name,
      peers: [inversifyRequests.name],
    }),
  ],
}
