import { once } from 'node:events'
import type { FastifyInstance, FastifyReply } from 'fastify'
import { serviceScopes } from 'holdfast/fastify'
import { ServiceCollection } from 'holdfast/hosting'
import { loadPackage } from '../../packages.js'
import {
  Audit,
  Connection,
  Mailer,
  Orders,
  Pool,
  Repository,
  Session,
  Settings,
  Transaction,
  Validator,
} from './request-graph.js'

// The same two routes for each contestant: `/` answers at once, and `/waits` for as long as its client is there.

/** Lets the client go away in the middle of a request. */
async function wait(reply: FastifyReply, orders: Orders): Promise<object> {
  await once(reply.raw, 'close')
  return orders.list()
}

/** Without services. */
function nothing(app: FastifyInstance): void {
  app.get('/', async () => ({ orders: 100 }))
  app.get('/waits', async (_, reply) => {
    await once(reply.raw, 'close')
    return { orders: 100 }
  })
}

/** What a careful program does without a container. */
function byHand(app: FastifyInstance): void {
  const settings = new Settings()
  const pool = new Pool()
  const withOrders = async (use: (orders: Orders) => object | Promise<object>): Promise<object> => {
    const connection = new Connection(pool)
    const transaction = new Transaction(connection)
    const session = new Session(settings)
    const audit = new Audit(session, transaction)
    try {
      return await use(
        new Orders(new Validator(settings), new Repository(transaction), new Mailer(settings, session), audit),
      )
    } finally {
      for (const service of [audit, session, transaction, connection]) service[Symbol.dispose]()
    }
  }
  app.get('/', () => withOrders((orders) => orders.list()))
  app.get('/waits', (_, reply) => withOrders((orders) => wait(reply, orders)))
}

/** What has to be disposed of; and what is made anew for each user. */
const SCOPED = [Connection, Transaction, Session, Audit] as const
const TRANSIENT = [Validator, Repository, Mailer, Orders] as const

function requestScopes(currentScope: boolean): (app: FastifyInstance) => Promise<void> {
  return async (app) => {
    const services = new ServiceCollection().addSingleton(Settings).addSingleton(Pool)
    services.addScoped(Connection).addScoped(Transaction).addScoped(Session).addScoped(Audit)
    services.addTransient(Validator).addTransient(Repository).addTransient(Mailer).addTransient(Orders)
    await app.register(serviceScopes, { provider: services.build(), currentScope })
    app.get('/', async (request) => request.scope.get(Orders).list())
    app.get('/waits', (request, reply) => wait(reply, request.scope.get(Orders)))
  }
}

type Awilix = typeof import('awilix')

interface FastifyAwilix {
  readonly fastifyAwilixPlugin: Parameters<FastifyInstance['register']>[0]
}

async function fastifyAwilix(app: FastifyInstance): Promise<void> {
  const { asClass, createContainer } = loadPackage<Awilix>('awilix')
  const container = createContainer({ injectionMode: 'CLASSIC' })
  const nameOf = (type: { name: string }) => type.name.toLowerCase()
  for (const type of [Settings, Pool]) container.register(nameOf(type), asClass<object>(type).singleton())
  for (const type of TRANSIENT) container.register(nameOf(type), asClass<object>(type).transient())
  for (const type of SCOPED) {
    const resolver = asClass<Disposable>(type).scoped()
    container.register(
      nameOf(type),
      resolver.disposer((service) => service[Symbol.dispose]()),
    )
  }
  await app.register(loadPackage<FastifyAwilix>('@fastify/awilix').fastifyAwilixPlugin, { container })
  const orders = (request: object) =>
    (request as { diScope: { resolve(name: string): Orders } }).diScope.resolve('orders')
  app.get('/', async (request) => orders(request).list())
  app.get('/waits', (request, reply) => wait(reply, orders(request)))
}

export const BY_HAND = 'by hand, no scopes'
export const SCOPES = 'request scopes'
export const SCOPES_WITH_CURRENT = 'request scopes with currentScope()'
export const NOTHING = 'no services at all'
export const FASTIFY_AWILIX = '@fastify/awilix'

export const SERVERS: Readonly<Record<string, (app: FastifyInstance) => void | Promise<void>>> = {
  [BY_HAND]: byHand,
  [SCOPES]: requestScopes(false),
  [SCOPES_WITH_CURRENT]: requestScopes(true),
  [NOTHING]: nothing,
  [FASTIFY_AWILIX]: fastifyAwilix,
}
