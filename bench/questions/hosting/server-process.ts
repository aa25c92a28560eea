// One of the servers, in a process of its own: it sends its port, and for each message that it gets how it is.
//
//   node server-process.js <name>

import type { AddressInfo } from 'node:net'
import { liveHandles } from 'holdfast'
import { loadPackage } from '../../packages.js'
import { tally } from './request-graph.js'
import { SERVERS } from './request-servers.js'

export interface ServerState {
  /** Processor time so far, in microseconds. */
  readonly processorTime: number
  /** Scopes that are open. */
  readonly scopes: number
  /** Services of requests that were not disposed of. */
  readonly services: number
}

const [name = ''] = process.argv.slice(2)
const app = loadPackage<typeof import('fastify')>('fastify').fastify()
await SERVERS[name]?.(app)
await app.listen({ host: '127.0.0.1', port: 0 })
process.send?.((app.server.address() as AddressInfo).port)

process.on('message', () => {
  const { made, disposed } = tally()
  const { user, system } = process.cpuUsage()
  const state = { processorTime: user + system, scopes: liveHandles('ServiceScope'), services: made - disposed }
  process.send?.(state satisfies ServerState)
})
process.on('disconnect', () => process.exit())
