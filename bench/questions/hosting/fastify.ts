import { type ChildProcess, fork } from 'node:child_process'
import { type EventEmitter, once } from 'node:events'
import { request } from 'node:http'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Contest } from '../../contest.js'
import { loadPackage } from '../../packages.js'
import type { Progress, Question, Samples } from '../../question.js'
import { BY_HAND, FASTIFY_AWILIX, NOTHING, SCOPES, SCOPES_WITH_CURRENT, SERVERS } from './request-servers.js'
import type { ServerState } from './server-process.js'

const SERVER_PROCESS = fileURLToPath(new URL('server-process.js', import.meta.url))

const CONNECTIONS = 50
const ROUNDS = 12
const SECONDS = 5
/** One request in so many is aborted. */
const ABORTED = 20

/** What is used of autocannon. */
type Autocannon = (options: { url: string; connections: number; duration: number }) => Run

interface Run extends EventEmitter, PromiseLike<Result> {}

interface Result {
  readonly duration: number
  readonly requests: { readonly total: number }
  readonly errors: number
  readonly non2xx: number
}

class Contestant {
  readonly name: string
  /** Answers in a second, of the requests that were not aborted. */
  readonly throughput: number[] = []
  /** Of the server for each of them, in nanoseconds. */
  readonly processorTime: number[] = []
  readonly #process: ChildProcess
  #port = 0

  constructor(name: string) {
    this.name = name
    this.#process = fork(SERVER_PROCESS, [name], { execArgv: [] })
  }

  async listening(): Promise<void> {
    ;[this.#port] = await once(this.#process, 'message')
  }

  async load(seconds: number): Promise<void> {
    const before = await this.state()
    const autocannon = loadPackage<Autocannon>('autocannon')
    const url = `http://127.0.0.1:${this.#port}`
    const run = autocannon({ url, connections: CONNECTIONS, duration: seconds })
    const aborted: Promise<void>[] = []
    let answers = 0
    run.on('response', () => {
      if (++answers % (ABORTED - 1) === 0) aborted.push(abort(`${url}/waits`))
    })
    const { requests, duration, errors, non2xx } = await run
    await Promise.all(aborted)
    if (errors + non2xx > 0) throw new Error(`${this.name}: ${errors} errors, and ${non2xx} answers that are none.`)
    const { processorTime } = await this.state()
    this.throughput.push(requests.total / duration)
    this.processorTime.push(((processorTime - before.processorTime) * 1000) / requests.total)
  }

  async state(): Promise<ServerState> {
    this.#process.send('state')
    const [state] = await once(this.#process, 'message')
    return state
  }

  stop(): void {
    this.#process.disconnect()
  }
}

/** A request whose client goes away as soon as the server has begun with it. */
async function abort(url: string): Promise<void> {
  const aborted = request(url, { headers: { expect: '100-continue' } })
  aborted.on('error', () => {})
  aborted.once('continue', () => aborted.destroy())
  aborted.end()
  await new Promise((resolve) => aborted.once('close', resolve))
}

/** For the servers to hear of the last clients that have gone. */
const SETTLING_MILLISECONDS = 1000

const timeOf = (name: string) => `${name}: processor time of the server`
const scopesLeft = (name: string) => `${name}: scopes left`
const servicesLeft = (name: string) => `${name}: services left`

async function play(progress: Progress): Promise<Samples> {
  const contestants = Object.keys(SERVERS).map((name) => new Contestant(name))
  const samples: Samples = {}
  try {
    for (const contestant of contestants) await contestant.listening()
    // The first round is for the compiler.
    for (let round = 0; round <= ROUNDS; round++) {
      progress(round === 0 ? 'warming up' : `round ${round} of ${ROUNDS}`)
      for (let place = 0; place < contestants.length; place++) {
        const contestant = contestants[(place + round) % contestants.length] as Contestant
        await contestant.load(SECONDS)
      }
    }
    await setTimeout(SETTLING_MILLISECONDS)
    for (const contestant of contestants) {
      const { name, throughput, processorTime } = contestant
      const { scopes, services } = await contestant.state()
      samples[name] = { unit: 'count', values: throughput.slice(1) }
      samples[timeOf(name)] = { unit: 'time', values: processorTime.slice(1) }
      samples[scopesLeft(name)] = { unit: 'count', values: [scopes] }
      samples[servicesLeft(name)] = { unit: 'count', values: [services] }
    }
  } finally {
    for (const contestant of contestants) contestant.stop()
  }
  return samples
}

const TRIAL = `${CONNECTIONS} connections, ${(100 / ABORTED).toFixed()} % of the requests aborted`

const measure = { trial: TRIAL }

const OURS = [SCOPES, SCOPES_WITH_CURRENT]

const contest: Contest = (_trial, sample) => {
  const contestant = Object.keys(SERVERS).find((name) => [name, timeOf(name)].includes(sample))
  if (contestant === undefined) return undefined
  const isOurs = OURS.includes(contestant)
  if (sample === contestant) return { group: 'answers in a second', contestant, isOurs, better: 'more' }
  return { group: 'processor time of the server for an answer', contestant, isOurs }
}

export const requestScopes: Question = {
  id: 'request-scopes',
  title: 'Request scopes of Fastify under load',
  note:
    'Each request takes ten services: two singletons, four transients, and four scoped ones that are disposed of. ' +
    '`by hand` constructs the same objects and disposes of them in `finally`; `no services at all` answers with a ' +
    `constant. autocannon in another process than the server, ${ROUNDS} rounds of ${SECONDS} seconds for each, by turns; ` +
    'the numbers are answers in a second. In addition one request in ' +
    `${ABORTED} goes away while its handler waits, over a connection of its own. What is left is counted a second ` +
    'after the load; @fastify/awilix disposes in `onResponse`, which Fastify does not call for an aborted request.',
  trials: [{ name: TRIAL, run: play }],
  contest,
  measures: [
    { ...measure, label: 'throughput against by hand', of: SCOPES, against: BY_HAND, bound: { atLeast: 0.9 } },
    { ...measure, label: 'scopes left', of: scopesLeft(SCOPES), bound: { atMost: 0 } },
    { ...measure, label: 'services not disposed of', of: servicesLeft(SCOPES), bound: { atMost: 0 } },
    { ...measure, label: 'processor time against by hand', of: timeOf(SCOPES), against: timeOf(BY_HAND) },
    {
      ...measure,
      label: 'with currentScope(), against by hand',
      of: SCOPES_WITH_CURRENT,
      against: BY_HAND,
      better: 'more',
    },
    { ...measure, label: 'throughput against no services at all', of: SCOPES, against: NOTHING, better: 'more' },
    { ...measure, label: 'by hand against no services at all', of: BY_HAND, against: NOTHING, better: 'more' },
    { ...measure, label: '@fastify/awilix against by hand', of: FASTIFY_AWILIX, against: BY_HAND, better: 'more' },
    { ...measure, label: '@fastify/awilix: services not disposed of', of: servicesLeft(FASTIFY_AWILIX) },
  ],
}
