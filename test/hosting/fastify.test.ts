import { EventEmitter, once } from 'node:events'
import { connect, constants } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { setImmediate } from 'node:timers/promises'
import Fastify, { type FastifyInstance, type FastifyServerOptions } from 'fastify'
import { afterEach, beforeEach, describe, expect, expectTypeOf, it, vi } from 'vitest'
import { type AsyncServiceScope, currentScope } from '../../lib/hosting/index.js'
import { liveHandles } from '../../lib/index.js'
import { type ServiceScopesOptions, serviceScopes } from '../../lib/integrations/fastify.js'
import { HttpClient } from '../support/http-client.js'
import { Broken, lines, RequestServices, Session, Transaction } from '../support/request-services.js'

const code = (expected: string) => expect.objectContaining({ code: expected })

let services: RequestServices
let app: FastifyInstance
let client: HttpClient

beforeEach(() => {
  services = new RequestServices()
})

afterEach(async () => {
  client?.[Symbol.dispose]()
  await app.close()
  await services.provider.disposeAsync()
})

async function start(
  routes: (app: FastifyInstance) => void,
  { server = {}, plugin = {} }: { server?: FastifyServerOptions; plugin?: Partial<ServiceScopesOptions> } = {},
): Promise<void> {
  app = Fastify(server)
  await app.register(serviceScopes, { provider: services.provider, ...plugin })
  routes(app)
  await app.listen({ host: '127.0.0.1', port: 0 })
  client = new HttpClient(app.server)
}

const begun = (id: string | number) => services.begun(id)

const ROUNDS = 40

describe('request scopes of Fastify, under a mix of requests', () => {
  function routes(app: FastifyInstance): void {
    app.addHook('onRequest', async (request) => {
      if (request.headers['x-early'] !== undefined) request.scope.get(Session).use()
    })
    app.get('/answers', (request) => request.scope.get(Transaction).during(() => setImmediate({ fine: true })))
    app.get('/answers-at-once', (request) => {
      request.scope.get(Session).use()
      return { fine: true }
    })
    app.get('/calls-back', (request, reply) => {
      request.scope.get(Session).use()
      setTimeout(() => reply.send({ fine: true }), 1)
    })
    app.get('/rejects', (request) =>
      request.scope.get(Transaction).during(async () => {
        await setImmediate()
        throw new Error('expected')
      }),
    )
    app.get('/throws', (request) => {
      request.scope.get(Session).use()
      throw new Error('expected')
    })
    app.get('/never-answers', { handlerTimeout: 20 }, (request) => {
      request.scope.get(Session).use()
    })
    app.get('/times-out', { handlerTimeout: 20 }, (request, reply) => {
      return services.outlast(request.scope.get(Transaction), undefined, reply.raw)
    })
    app.get<{ Params: { id: string } }>('/hangs/:id', (request) => {
      request.scope.get(Session).use()
      services.events.emit(`begun ${request.params.id}`)
    })
    app.get<{ Params: { id: string } }>('/goes-on/:id', (request, reply) => {
      return services.outlast(request.scope.get(Transaction), request.params.id, reply.raw)
    })
    app.get<{ Params: { id: string } }>('/begins-late/:id', async (request, reply) => {
      services.events.emit(`begun ${request.params.id}`)
      await once(reply.raw, 'close')
      return request.scope.get(Session).during(() => setImmediate())
    })
    const preHandler = async (request: any, reply: any) => {
      await services.outlast(request.scope.get(Session), request.params.id, reply.raw)
    }
    app.get('/has-slow-hook/:id', { preHandler }, (request) => {
      return request.scope.get(Transaction).during(() => setImmediate('too late'))
    })
    app.get('/has-failing-hook/:id', { preHandler: [preHandler, failingHook] }, () => 'never')
    app.get('/streams', (request, reply) => reply.send(Readable.from(lines(request.scope.get(Session), 20))))
    app.get('/streams-for-long', (request, reply) => {
      reply.send(Readable.from(lines(request.scope.get(Session), Number.POSITIVE_INFINITY)))
    })
    app.get<{ Params: { id: string } }>('/streams-too-late/:id', async (request, reply) => {
      const session = request.scope.get(Session)
      await services.outlast(session, request.params.id, reply.raw)
      return Readable.from(lines(session, Number.POSITIVE_INFINITY))
    })
    const body = { type: 'object', required: ['name'], properties: { name: { type: 'string' } } }
    app.post('/takes-body', { schema: { body } }, (request) =>
      request.scope.get(Session).during(() => setImmediate('ok')),
    )
    app.get('/uses-nothing', async () => 'fine')
  }

  async function failingHook(): Promise<void> {
    await setImmediate()
    throw new Error('expected')
  }

  const early = { headers: { 'x-early': 'yes' } }

  /** Each with the number of services that are made for it. */
  const kinds: [services: number, send: (id: number) => Promise<unknown>][] = [
    [2, async () => expect(await client.get('/answers')).toMatchObject({ status: 200 })],
    [1, async () => expect(await client.get('/answers-at-once')).toMatchObject({ status: 200 })],
    [1, async () => expect(await client.get('/calls-back')).toMatchObject({ status: 200 })],
    [2, async () => expect(await client.get('/rejects')).toMatchObject({ status: 500 })],
    [1, async () => expect(await client.get('/throws')).toMatchObject({ status: 500 })],
    [1, async () => expect(await client.get('/never-answers')).toMatchObject({ status: 503 })],
    [2, async () => expect(await client.get('/times-out')).toMatchObject({ status: 503 })],
    [2, (id) => client.abortedAfter(`/goes-on/${id}`, begun(id))],
    [1, (id) => client.abortedAfter(`/begins-late/${id}`, begun(id))],
    [2, (id) => client.abortedAfter(`/has-slow-hook/${id}`, begun(id))],
    [1, (id) => client.abortedAfter(`/has-failing-hook/${id}`, begun(id))],
    [1, async () => expect((await client.get('/streams')).body).toContain('\n19 ')],
    [1, () => client.cutOff('/streams-for-long')],
    [1, (id) => client.abortedAfter(`/streams-too-late/${id}`, begun(id))],
    [1, async () => expect(await client.get('/takes-body', post('{"name":"a"}'))).toMatchObject({ status: 200 })],
    [1, async () => expect(await client.get('/takes-body', post('{}', early))).toMatchObject({ status: 400 })],
    [1, async () => expect(await client.get('/takes-body', post('{no', early))).toMatchObject({ status: 400 })],
    [1, async () => expect(await client.get('/nowhere', early)).toMatchObject({ status: 404 })],
    [0, async () => expect(await client.get('/uses-nothing')).toMatchObject({ status: 200 })],
  ]

  const post = (body: string, options = {}) => ({ method: 'POST', body, ...options })

  it.each([
    ['with currentScope()', true],
    ['without', false],
  ])('all end, each service is disposed once, and none that is in use, %s', async (_, currentScope) => {
    await start(routes, { plugin: { currentScope } })
    const sent: Promise<unknown>[] = []
    for (let round = 0; round < ROUNDS; round++) {
      sent.push(...kinds.map(([, send], index) => send(round * kinds.length + index)))
      await setImmediate()
    }
    await Promise.all(sent)
    await services.expectAllEnded(ROUNDS * kinds.reduce((sum, [services]) => sum + services, 0))
  })

  it('end when the server closes with requests under way', async () => {
    await start(routes, { server: { forceCloseConnections: true } })
    const failures = [1, 2, 3].map(async (id) => {
      const failure = client.failing(`/goes-on/${id}`)
      await begun(id)
      return failure
    })
    await Promise.all([1, 2, 3].map(begun))
    await app.close()
    expect(await Promise.all(failures)).toEqual(['ECONNRESET', 'ECONNRESET', 'ECONNRESET'])
    await services.expectAllEnded(6)
  })

  it('end when a connection times out', async () => {
    await start(routes, { server: { connectionTimeout: 50 } })
    const failure = client.failing('/goes-on/1')
    await begun(1)
    expect(await failure).toBe('ECONNRESET')
    await services.expectAllEnded(2)
  })

  it('end when the client goes away in the middle of a body', async () => {
    await start(routes)
    const opened = new Promise<void>((resolve) => services.events.once('opened', resolve))
    app.server.once('request', () => services.events.emit('opened'))
    const socket = await client.raw(
      'POST /takes-body HTTP/1.1\r\nHost: a\r\nX-Early: yes\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{"na',
    )
    await opened
    socket.destroy()
    await services.expectAllEnded(1)
  })

  it('end over HTTP/2, when it was answered and when the stream was cut, also before the scope could know', async () => {
    const server = Fastify({ http2: true })
    app = server as never
    server.addHook('onRequest', async (request, reply) => {
      if (request.url !== '/hangs/late') return
      services.events.emit('begun early')
      await once(reply.raw, 'close')
    })
    await server.register(serviceScopes, { provider: services.provider })
    routes(app)
    await app.listen({ host: '127.0.0.1', port: 0 })
    const session = connect(`http://127.0.0.1:${(app.server.address() as AddressInfo).port}`)
    expect(await text(session.request({ ':path': '/answers' }))).toBe('{"fine":true}')
    const late = begun('late')
    for (const [path, id] of [
      ['/goes-on/1', 1],
      ['/hangs/late', 'early'],
    ] as const) {
      const cut = session.request({ ':path': path })
      const begins = begun(id)
      cut.on('error', () => {})
      await begins
      cut.close(constants.NGHTTP2_CANCEL)
      await once(cut, 'close')
    }
    await late
    await services.expectAllEnded(5)
    session.close()
  })

  it('end with their answers when requests are pipelined', async () => {
    await start(routes)
    await services.expectPipelineToEnd(client)
  })

  it('end when the connection of pipelined requests is cut, also those whose turn has not come', async () => {
    await start(routes)
    await services.expectCutPipelineToEnd(client)
  })
})

describe('request.scope', () => {
  it('is the same in all hooks and the handler, and another one for each request', async () => {
    const seen: AsyncServiceScope[] = []
    await start((app) => {
      app.addHook('onRequest', async (request) => void seen.push(request.scope))
      app.addHook('preHandler', async (request) => void seen.push(request.scope))
      app.addHook('onSend', async (request) => void seen.push(request.scope))
      app.addHook('onResponse', async (request) => void seen.push(request.scope))
      app.get('/', async (request) => void seen.push(request.scope))
    })
    await client.get('/')
    await client.get('/')
    expect(seen.slice(0, 5)).toEqual(Array(5).fill(seen[0]))
    expect(seen.slice(5)).toEqual(Array(5).fill(seen[5]))
    expect(seen[0]).not.toBe(seen[5])
  })

  it('is there in plugins that are registered later', async () => {
    await start((app) => {
      app.register(async (inner) => {
        inner.get('/inner', (request) => request.scope.get(Session).during(() => setImmediate('fine')))
      })
    })
    expect(await client.get('/inner')).toEqual({ status: 200, body: 'fine' })
    await services.expectAllEnded(1)
  })

  it('is not opened for a request that does not read it', async () => {
    const live: number[] = []
    await start((app) => {
      app.get('/', async () => {
        await setImmediate()
        live.push(liveHandles('ServiceScope'))
        return 'fine'
      })
    })
    await client.get('/')
    expect(live).toEqual([0])
  })

  it('waits for what was given to its track()', async () => {
    await start((app) => {
      app.get('/', (request, reply) => {
        request.scope.track(services.outlast(request.scope.get(Session), undefined, reply.raw))
        reply.send('fine')
      })
    })
    await client.get('/')
    await services.expectAllEnded(1)
  })

  it('says which handler it waits for', async () => {
    services = new RequestServices({ disposalWarningMs: 1 })
    const done = new EventEmitter()
    await start((app) => {
      app.get('/orders/:id', (request) => {
        services.events.emit('begun it')
        return request.scope.get(Session).during(() => once(done, 'done'))
      })
    })
    const warning = once(process, 'warning')
    await client.abortedAfter('/orders/1', begun('it'))
    const [{ code, message }] = (await warning) as [NodeJS.ErrnoException]
    expect(code).toBe('HOLDFAST_DISPOSAL_WAITS')
    expect(message).toContain('the handler of GET /orders/:id')
    done.emit('done')
    await services.expectAllEnded(1)
  })

  it('is a disposed one when it is read for the first time after everything is over', async () => {
    let late: Promise<unknown> | undefined
    await start((app) => {
      app.get('/', (request, reply) => {
        late = once(reply.raw, 'close').then(() =>
          expect(() => request.scope.get(Session)).toThrow(code('ERR_HOLDFAST_DISPOSED')),
        )
        reply.send('fine')
      })
    })
    await client.get('/')
    await late
    await services.expectAllEnded(0)
  })

  it('can be disposed of by the handler', async () => {
    await start((app) => {
      app.get('/', async (request) => {
        request.scope.get(Transaction)
        await request.scope.disposeAsync()
        return 'fine'
      })
    })
    expect(await client.get('/')).toEqual({ status: 200, body: 'fine' })
    await services.expectAllEnded(2)
  })

  it('is there, and ends, when a hook fails that was registered earlier', async () => {
    app = Fastify()
    app.addHook('onRequest', async () => {
      throw new Error('expected')
    })
    app.setErrorHandler((_, request, reply) => {
      request.scope.get(Session).use()
      reply.status(500).send('failed')
    })
    await app.register(serviceScopes, { provider: services.provider })
    app.get('/', async () => 'never')
    await app.listen({ host: '127.0.0.1', port: 0 })
    client = new HttpClient(app.server)
    expect(await client.get('/')).toEqual({ status: 500, body: 'failed' })
    await services.expectAllEnded(1)
  })

  it('ends with requests that are injected', async () => {
    await start((app) => {
      app.get('/', (request) => request.scope.get(Session).during(() => setImmediate('fine')))
    })
    expect((await app.inject('/')).body).toBe('fine')
    await services.expectAllEnded(1)
  })

  it('has the provider wait for handlers when that is disposed of first', async () => {
    await start((app) => {
      app.get('/', (request, reply) => services.outlast(request.scope.get(Transaction), 'it', reply.raw))
    })
    const aborted = client.abortedAfter('/', begun('it'))
    await begun('it')
    await services.provider.disposeAsync()
    await aborted
    await services.expectAllEnded(2)
  })

  it('has the type of a scope', () => {
    app = Fastify()
    app.get('/', (request) => {
      expectTypeOf(request.scope).toEqualTypeOf<AsyncServiceScope>()
    })
    // @ts-expect-error a provider is needed
    expect(app.register(serviceScopes, {})).toBeDefined()
  })
})

describe('currentScope()', () => {
  async function scopesSeen(plugin: Partial<ServiceScopesOptions>): Promise<boolean[]> {
    const seen: boolean[] = []
    const note = (scope: AsyncServiceScope) => seen.push(currentScope() === scope)
    await start(
      (app) => {
        for (const hook of [
          'onRequest',
          'preParsing',
          'preValidation',
          'preHandler',
          'onSend',
          'onResponse',
        ] as const) {
          app.addHook(hook as 'onRequest', async (request) => {
            await setImmediate()
            note(request.scope)
          })
        }
        app.post('/', async (request) => {
          note(request.scope)
          await setImmediate()
          note(request.scope)
          return 'fine'
        })
      },
      { plugin },
    )
    // A body in several pieces, whose events come from the connection.
    const socket = await client.raw(
      'POST / HTTP/1.1\r\nHost: a\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n',
    )
    await once(app.server, 'request')
    socket.write('2\r\ncd\r\n0\r\n\r\n')
    await once(socket, 'data')
    await vi.waitUntil(() => seen.length === 8)
    socket.destroy()
    return seen
  }

  it('is the scope of the request in hooks and handlers', async () => {
    expect(await scopesSeen({ currentScope: true })).toEqual(Array(8).fill(true))
  })

  it('is undefined unless the option says otherwise', async () => {
    expect(await scopesSeen({})).toEqual(Array(8).fill(false))
  })

  it('does not open a scope before it is called', async () => {
    await start(
      (app) => {
        app.get('/', async () => {
          const before = liveHandles('ServiceScope')
          currentScope()?.get(Session).use()
          return [before, liveHandles('ServiceScope')]
        })
      },
      { plugin: { currentScope: true } },
    )
    expect((await client.get('/')).body).toBe('[0,1]')
    await services.expectAllEnded(1)
  })
})

describe('an error of disposal', () => {
  const failing = (app: FastifyInstance) => {
    app.get('/', async (request) => {
      request.scope.get(Session)
      request.scope.get(Broken)
      return 'fine'
    })
  }

  it('is logged by the logger of the request', async () => {
    const logged: string[] = []
    const stream = { write: (line: string) => void logged.push(line) }
    await start(failing, { server: { logger: { level: 'error', stream } } })
    expect((await client.get('/')).body).toBe('fine')
    await services.expectAllEnded(1)
    expect(JSON.parse(logged[0] ?? '')).toMatchObject({ reqId: 'req-1', err: { message: 'broken' } })
  })

  it('is a process warning where there is no logger', async () => {
    await start(failing)
    const warning = once(process, 'warning')
    await client.get('/')
    expect(await warning).toEqual([code('HOLDFAST_RELEASE')])
  })

  it('goes to onDisposeError, with the request, and what that throws is a process warning', async () => {
    const told: unknown[] = []
    const onDisposeError = (error: unknown, request: { url: string }) => {
      told.push(error, request.url)
      throw new Error('expected')
    }
    await start(failing, { plugin: { onDisposeError } })
    const warning = once(process, 'warning')
    await client.get('/')
    expect(await warning).toEqual([code('HOLDFAST_RELEASE')])
    expect(told).toEqual([expect.objectContaining({ message: 'broken' }), '/'])
  })
})

describe('options', () => {
  it.each([
    [undefined, 'ERR_INVALID_ARG_TYPE'],
    [{ provider: undefined }, 'ERR_INVALID_ARG_TYPE'],
    [{ provider: {} }, 'ERR_INVALID_ARG_TYPE'],
    [{ currentScope: 'yes' }, 'ERR_INVALID_ARG_TYPE'],
    [{ onDisposeError: 'log' }, 'ERR_INVALID_ARG_TYPE'],
  ])('%j are refused with %s', async (options, expected) => {
    app = Fastify()
    const given = options === undefined ? undefined : { provider: services.provider, ...options }
    await expect(app.register(serviceScopes, given as never)).rejects.toEqual(code(expected))
  })
})
