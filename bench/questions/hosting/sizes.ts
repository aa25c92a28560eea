import { betweenSamples } from '../../contest.js'
import type { Line, Plot } from '../../plot.js'
import type { Question, SavedOutcome } from '../../question.js'
import { interleaved } from '../../rounds.js'
import { awilixProxy } from './awilix.js'
import { againstFastest } from './fastest.js'
import { makeClass, Releasable, type Service, type ServiceClass } from './graph.js'
import { holdfast } from './holdfast.js'
import { inversify } from './inversify.js'
import { scopeContestants } from './scope-contestants.js'
import { tsyringe } from './tsyringe.js'
import { typedInject } from './typed-inject.js'

const SIZES = [1, 3, 10, 30, 100, 300]
const PEERS = [awilixProxy, tsyringe, inversify, typedInject]
const ROUNDS = 11

/** Scoped services, each of which needs two others but the last ones; the first one is behind all of them. */
function makeTree(size: number): Service[] {
  const types: ServiceClass[] = []
  for (let place = size - 1; place >= 0; place--) {
    const needs = [2 * place + 1, 2 * place + 2].filter((need) => need < size)
    const inject = needs.map((need) => types[size - 1 - need] as ServiceClass)
    types.push(makeClass(`Node${place}`, inject, Releasable))
  }
  return types.map((type) => ({ type, lifetime: 'scoped' }))
}

const trialName = (size: number) => (size === 1 ? '1 service' : `${size} services`)

// Told apart by those who do not see all colours, too.
const COLORS = new Map([
  [holdfast, '#0072b2'],
  [awilixProxy, '#d55e00'],
  [tsyringe, '#009e73'],
  [inversify, '#cc79a7'],
  [typedInject, '#777777'],
])

function plot(outcome: SavedOutcome): Plot {
  const lines = Array.from(COLORS, ([{ name }, color]): Line => {
    const points = SIZES.map((size) => {
      const nanoseconds = outcome.median(trialName(size), name) ?? Number.NaN
      return [size, nanoseconds / 1000] as const
    })
    return { name, color, style: 'marked', points }
  })
  const highest = Math.max(...lines.flatMap(({ points }) => points.map(([, y]) => y)))
  return {
    title: 'A scope with 1 to 300 services',
    description: 'Time to open a scope, resolve 1 to 300 services and dispose of it, with each library',
    rows: [
      {
        title: 'Opened, resolved and disposed of',
        y: { title: 'time in µs', scale: 'logarithmic', min: 0.1, max: 10 ** Math.ceil(Math.log10(highest)) },
        panels: [
          {
            title: '',
            x: { title: 'services in the scope', scale: 'logarithmic', min: 1, max: 1000 },
            lines,
          },
        ],
      },
    ],
  }
}

export const sizes: Question = {
  id: 'scope-sizes',
  title: 'A scope with 1 to 300 services',
  note:
    'Scoped and disposable services that form a tree, each of which needs two others: a scope is opened, the root of ' +
    'the tree is resolved, and the scope is disposed of. awilix calls factories with a proxy, tsyringe has a child ' +
    'container for each scope; to those of inversify and to the injectors of typed-inject all services are bound anew.',
  trials: SIZES.map((size) => {
    const services = makeTree(size)
    const { type } = services.at(-1) as Service
    const contestants = scopeContestants([holdfast, ...PEERS], services, type)
    return interleaved(trialName(size), contestants, { rounds: ROUNDS })
  }),
  contest: betweenSamples(holdfast.name),
  measures: [],
  judge: (trials) =>
    SIZES.map((size) =>
      againstFastest(trials, {
        label: `${trialName(size)}: the fastest of the others`,
        trial: trialName(size),
        ours: holdfast.name,
        peers: PEERS.map(({ name }) => name),
      }),
    ),
  details: 'wide',
  plot,
}
