import { once } from 'node:events'
import type { Server } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { setImmediate } from 'node:timers/promises'
import express, { type ErrorRequestHandler, type Express, type Request } from 'express'
import { afterEach, beforeEach, describe, expect, expectTypeOf, it } from 'vitest'
import { type AsyncServiceScope, currentScope } from '../../lib/hosting/index.js'
import { liveHandles } from '../../lib/index.js'
import { type ServiceScopesOptions, serviceScopes, tracked } from '../../lib/integrations/express.js'
import { HttpClient } from '../support/http-client.js'
import { Broken, lines, RequestServices, Session, Transaction } from '../support/request-services.js'

const code = (expected: string) => expect.objectContaining({ code: expected })

let services: RequestServices
let server: Server
let client: HttpClient

beforeEach(() => {
  services = new RequestServices()
})

afterEach(async () => {
  client[Symbol.dispose]()
  server.closeAllConnections()
  server.close()
  await services.provider.disposeAsync()
})

async function start(routes: (app: Express) => void, options: Partial<ServiceScopesOptions> = {}): Promise<void> {
  const app = express()
  app.use(serviceScopes({ provider: services.provider, ...options }))
  routes(app)
  app.use(((_error, _request, response, _next) => {
    if (response.headersSent) response.destroy()
    else response.status(500).send('failed')
  }) satisfies ErrorRequestHandler)
  await listen(app)
}

async function listen(app: Express): Promise<void> {
  server = app.listen(0, '127.0.0.1')
  await once(server, 'listening')
  client = new HttpClient(server)
}

const ROUNDS = 40

describe('request scopes of Express, under a mix of requests', () => {
  function routes(app: Express): void {
    app.use((request, _response, next) => {
      if (request.headers['x-early'] !== undefined) request.scope.get(Session).use()
      next()
    })
    app.use(express.json())
    app.get('/answers', async (request, response) => {
      await request.scope.get(Transaction).during(() => setImmediate())
      response.json({ fine: true })
    })
    app.get('/answers-at-once', (request, response) => {
      request.scope.get(Session).use()
      response.json({ fine: true })
    })
    app.get('/rejects', async (request) => {
      await request.scope.get(Transaction).during(() => setImmediate())
      throw new Error('expected')
    })
    app.get('/throws', (request) => {
      request.scope.get(Session).use()
      throw new Error('expected')
    })
    app.get('/never-answers', (request, response) => {
      request.scope.get(Session).use()
      response.setTimeout(20)
    })
    app.get(
      '/times-out',
      tracked(async (request, response) => {
        response.setTimeout(20)
        await services.outlast(request.scope.get(Transaction), undefined, response)
      }),
    )
    app.get(
      '/goes-on/:id',
      tracked(async (request, response) => {
        await services.outlast(request.scope.get(Transaction), request.params['id'], response)
      }),
    )
    app.get('/tracks/:id', (request, response) => {
      request.scope.track(services.outlast(request.scope.get(Session), request.params.id, response))
    })
    app.get(
      '/begins-late/:id',
      tracked(async (request, response) => {
        services.events.emit(`begun ${request.params['id']}`)
        await once(response, 'close')
        await request.scope.get(Session).during(() => setImmediate())
      }),
    )
    app.get('/hangs/:id', (request) => {
      request.scope.get(Session).use()
      services.events.emit(`begun ${request.params.id}`)
    })
    app.get(
      '/streams',
      tracked((request, response) => pipeline(Readable.from(lines(request.scope.get(Session), 20)), response)),
    )
    app.get(
      '/streams-for-long',
      tracked(async (request, response) => {
        const endless = Readable.from(lines(request.scope.get(Session), Number.POSITIVE_INFINITY))
        const closed = once(endless, 'close')
        await pipeline(endless, response).catch(() => {})
        await closed
      }),
    )
    app.post('/takes-body', async (request, response) => {
      await request.scope.get(Session).during(() => setImmediate())
      response.json(request.body)
    })
    app.get('/uses-nothing', (_request, response) => void response.send('fine'))
  }

  const early = { headers: { 'x-early': 'yes' } }
  const post = (body: string, options = {}) => ({ method: 'POST', body, ...options })
  const begun = (id: number) => services.begun(id)

  /** Each with the number of services that are made for it. */
  const kinds: [services: number, send: (id: number) => Promise<unknown>][] = [
    [2, async () => expect(await client.get('/answers')).toMatchObject({ status: 200 })],
    [1, async () => expect(await client.get('/answers-at-once')).toMatchObject({ status: 200 })],
    [2, async () => expect(await client.get('/rejects')).toMatchObject({ status: 500 })],
    [1, async () => expect(await client.get('/throws')).toMatchObject({ status: 500 })],
    [1, async () => expect(await client.failing('/never-answers')).toBe('ECONNRESET')],
    [2, async () => expect(await client.failing('/times-out')).toBe('ECONNRESET')],
    [2, (id) => client.abortedAfter(`/goes-on/${id}`, begun(id))],
    [1, (id) => client.abortedAfter(`/tracks/${id}`, begun(id))],
    [1, (id) => client.abortedAfter(`/begins-late/${id}`, begun(id))],
    [1, (id) => client.abortedAfter(`/hangs/${id}`, begun(id))],
    [1, async () => expect((await client.get('/streams')).body).toContain('\n19 ')],
    [1, () => client.cutOff('/streams-for-long')],
    [1, async () => expect(await client.get('/takes-body', post('{"name":"a"}'))).toMatchObject({ status: 200 })],
    [1, async () => expect(await client.get('/takes-body', post('{no', early))).toMatchObject({ status: 500 })],
    [1, async () => expect(await client.get('/nowhere', early)).toMatchObject({ status: 404 })],
    [0, async () => expect(await client.get('/uses-nothing')).toMatchObject({ status: 200 })],
  ]

  it.each([
    ['with currentScope()', true],
    ['without', false],
  ])('all end, each service is disposed once, and none that is in use, %s', async (_, currentScope) => {
    await start(routes, { currentScope })
    const sent: Promise<unknown>[] = []
    for (let round = 0; round < ROUNDS; round++) {
      sent.push(...kinds.map(([, send], index) => send(round * kinds.length + index)))
      await setImmediate()
    }
    await Promise.all(sent)
    await services.expectAllEnded(ROUNDS * kinds.reduce((sum, [services]) => sum + services, 0))
  })

  it('end with their answers when requests are pipelined', async () => {
    await start(routes)
    await services.expectPipelineToEnd(client)
  })

  it('end when the connection of pipelined requests is cut, also those whose turn has not come', async () => {
    await start(routes)
    await services.expectCutPipelineToEnd(client)
  })

  it('end when the client goes away in the middle of a body', async () => {
    await start(routes)
    const socket = await client.raw(
      'POST /takes-body HTTP/1.1\r\nHost: a\r\nX-Early: yes\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{"na',
    )
    await once(server, 'request')
    socket.destroy()
    await services.expectAllEnded(1)
  })
})

describe('req.scope', () => {
  it('is there in routers, also in those that use the middleware again', async () => {
    const seen: AsyncServiceScope[] = []
    await start((app) => {
      app.use((request, _response, next) => {
        seen.push(request.scope)
        next()
      })
      const router = express.Router()
      router.use(serviceScopes({ provider: services.provider }))
      router.get('/inner', (request, response) => {
        seen.push(request.scope)
        response.send('fine')
      })
      app.use(router)
    })
    await client.get('/inner')
    expect(seen).toHaveLength(2)
    expect(seen[0]).toBe(seen[1])
  })

  it('ends when the response was over before the middleware was called', async () => {
    const app = express()
    app.use(async (_request, response, next) => {
      services.events.emit('begun first')
      await once(response, 'close')
      next()
    })
    app.use(serviceScopes({ provider: services.provider }))
    app.use(
      tracked((request) => {
        services.events.emit('begun last')
        return request.scope.get(Session).during(() => setImmediate())
      }),
    )
    await listen(app)
    const last = services.begun('last')
    await client.abortedAfter('/', services.begun('first'))
    await last
    await services.expectAllEnded(1)
  })

  it('can be disposed of by the handler', async () => {
    await start((app) => {
      app.get(
        '/',
        tracked(async (request, response) => {
          request.scope.get(Transaction)
          await request.scope.disposeAsync()
          response.send('fine')
        }),
      )
    })
    expect(await client.get('/')).toEqual({ status: 200, body: 'fine' })
    await services.expectAllEnded(2)
  })

  it('is not opened for a request that does not read it', async () => {
    await start((app) => {
      app.get('/', (_request, response) => void response.json(liveHandles('ServiceScope')))
    })
    expect((await client.get('/')).body).toBe('0')
  })

  it('has the type of a scope, also in tracked handlers', async () => {
    const app = express()
    await listen(app)
    app.get('/', (request) => {
      expectTypeOf(request.scope).toEqualTypeOf<AsyncServiceScope>()
    })
    app.get(
      '/:id',
      tracked(async (request, response) => {
        expectTypeOf(request.scope).toEqualTypeOf<AsyncServiceScope>()
        expectTypeOf(response.json).toBeFunction()
      }),
    )
  })
})

describe('currentScope()', () => {
  async function answer(options: Partial<ServiceScopesOptions>): Promise<string> {
    await start((app) => {
      app.use(express.json())
      app.post('/', async (request, response) => {
        const before = currentScope() === request.scope
        await setImmediate()
        response.json([before, currentScope() === request.scope])
      })
    }, options)
    return (await client.get('/', { method: 'POST', body: '{}' })).body
  }

  it('is the scope of the request, also when its body was read', async () => {
    expect(await answer({ currentScope: true })).toBe('[true,true]')
  })

  it('is undefined unless the option says otherwise', async () => {
    expect(await answer({})).toBe('[false,false]')
  })
})

describe('an error of disposal', () => {
  const failing = (app: Express) => {
    app.get('/', (request, response) => {
      request.scope.get(Broken)
      response.send('fine')
    })
  }

  it('is a process warning', async () => {
    await start(failing)
    const warning = once(process, 'warning')
    expect((await client.get('/')).body).toBe('fine')
    expect(await warning).toEqual([code('HOLDFAST_RELEASE')])
  })

  it('goes to onDisposeError, with the request, and what that rejects with is a process warning', async () => {
    const told: unknown[] = []
    await start(failing, {
      onDisposeError: async (error, request) => {
        told.push(error, (request as Request).url)
        throw new Error('expected')
      },
    })
    const warning = once(process, 'warning')
    await client.get('/')
    expect(await warning).toEqual([code('HOLDFAST_RELEASE')])
    expect(told).toEqual([expect.objectContaining({ message: 'broken' }), '/'])
  })

  it('is told once, however many handlers end after the response', async () => {
    const told: unknown[] = []
    await start(
      (app) => {
        app.use(
          tracked(async (request, response, next) => {
            request.scope.get(Broken)
            await services.outlast(request.scope.get(Session), 'it', response)
            next()
          }),
        )
        app.use(tracked((request) => request.scope.get(Transaction).during(() => setImmediate())))
      },
      { onDisposeError: (error) => void told.push(error) },
    )
    await client.abortedAfter('/', services.begun('it'))
    await services.expectAllEnded(2)
    expect(told).toEqual([expect.objectContaining({ message: 'broken' })])
  })
})

describe('arguments', () => {
  beforeEach(() => listen(express()))

  it.each([
    [undefined],
    [{ provider: undefined }],
    [{ provider: {} }],
    [{ currentScope: 'yes' }],
    [{ onDisposeError: 'log' }],
  ])('%j are refused', (options) => {
    const given = options === undefined ? null : { provider: services.provider, ...options }
    expect(() => serviceScopes(given as never)).toThrow(code('ERR_INVALID_ARG_TYPE'))
  })

  it('of tracked() have to be functions, and no error handlers, which would not be recognised any more', () => {
    expect(() => tracked({} as never)).toThrow(code('ERR_INVALID_ARG_TYPE'))
    expect(() => tracked((_error, _request, _response, _next) => {})).toThrow(code('ERR_INVALID_ARG_VALUE'))
  })
})
