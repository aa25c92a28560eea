import { setImmediate } from 'node:timers/promises'
import { betweenTrials } from '../../contest.js'
import type { Measure, Progress, Question, Samples, Trial } from '../../question.js'
import { collectGarbage } from '../../rounds.js'
import { awilixProxy } from './awilix.js'
import { GRAPH, Handler } from './graph.js'
import { holdfast } from './holdfast.js'
import { inversify } from './inversify.js'
import type { Library } from './library.js'
import { tsyringe } from './tsyringe.js'
import { typedInject } from './typed-inject.js'

const SCOPES = 10_000
const COLLECTIONS = 3

async function heapBytes(): Promise<number> {
  for (let collection = 0; collection < COLLECTIONS; collection++) {
    collectGarbage('major')
    await setImmediate()
  }
  return process.memoryUsage().heapUsed
}

const EMPTY = 'an empty scope'
const RESOLVED = 'with 10 services'
const LEFT = 'left of one that was disposed of'

async function measure({ register }: Library, progress: Progress): Promise<Samples> {
  const container = register(GRAPH)
  const scopes = new Array<unknown>(SCOPES).fill(undefined)
  // What is compiled, and there only once.
  for (let i = 0; i < SCOPES; i++) {
    const scope = container.openScope()
    container.resolveIn(scope, Handler)
    await container.disposeOf(scope)
  }
  const before = await heapBytes()
  progress('opening 10,000')
  for (let i = 0; i < SCOPES; i++) scopes[i] = container.openScope()
  const open = await heapBytes()
  // The handler holds what was made with it.
  const handlers = scopes.map((scope) => container.resolveIn(scope, Handler))
  const resolved = await heapBytes()
  if (!handlers.every((handler) => handler instanceof Handler)) throw new Error('Not all handlers were there.')
  handlers.length = 0
  progress('disposing')
  for (const scope of scopes) await container.disposeOf(scope)
  scopes.fill(undefined)
  const left = await heapBytes()
  const each = (bytes: number) => ({ unit: 'B', values: [(bytes - before) / SCOPES] }) as const
  return { [EMPTY]: each(open), [RESOLVED]: each(resolved), [LEFT]: each(left) }
}

function trial(library: Library): Trial {
  return { name: library.name, run: (progress) => measure(library, progress) }
}

const measures: Measure[] = [EMPTY, RESOLVED, LEFT].map((of) => ({ label: of, trial: holdfast.name, of }))

export const openScopes: Question = {
  id: 'open-scopes',
  title: '10,000 open scopes: what one takes',
  note:
    'Bytes of the JavaScript heap: for a scope in which nothing was resolved yet, for one with the ten services of the ' +
    'first question, and what is left of it when it was disposed of and nobody has it any longer. What Holdfast leaves ' +
    'are places for as many handles, which the next scopes take: opened and disposed of again, 10,000 scopes leave no ' +
    'more. The entry of a scope in the native table is not in these figures. Each library in a process of its own, ' +
    'awilix with factories and a proxy.',
  trials: [holdfast, awilixProxy, tsyringe, inversify, typedInject].map(trial),
  contest: betweenTrials(holdfast.name),
  measures,
  details: 'wide',
}
