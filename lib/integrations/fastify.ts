/// <reference lib="esnext.disposable" preserve="true" />
/**
 * A scope for each request of Fastify.
 *
 * @module holdfast/fastify
 */
import type { FastifyInstance, FastifyRequest, RouteHandlerMethod, RouteOptions } from 'fastify'
import type { ServiceProvider } from '../hosting/resolution/service-provider.js'
import { runWithSource } from '../hosting/scopes/current-scope.js'
import { warnOfDisposal } from '../hosting/scopes/scope-warnings.js'
import type { AsyncServiceScope } from '../hosting/scopes/service-scope.js'
import { checkBoolean, checkFunction, checkOptions } from '../validate.js'
import { Exchange } from './fastify-exchange.js'
import { checkProvider } from './request-scope.js'

declare module 'fastify' {
  interface FastifyRequest {
    /**
     * The services of this request: `serviceScopes` of `holdfast/fastify`. Opened when it is first read; disposed of when
     * the response is over and nothing uses it any more.
     */
    readonly scope: AsyncServiceScope
  }
}

/** Of what provider the plugin opens scopes, and how. */
export interface ServiceScopesOptions {
  /** Opens the scopes. The plugin does not dispose of it: do that after `app.close()`. */
  readonly provider: ServiceProvider
  /**
   * Whether `currentScope()` finds the scope of the request in hooks and handlers. Costs about 5 µs for each request on
   * Node 20, and next to nothing since Node 24. Default false
   */
  readonly currentScope?: boolean
  /**
   * Is told what disposing of a scope has thrown; the response is gone by then. Default: `request.log.error`, and a
   * process warning when the server has no logger
   */
  readonly onDisposeError?: (error: unknown, request: FastifyRequest) => unknown
}

const exchange: unique symbol = Symbol('holdfast.exchange')

interface ScopedRequest extends FastifyRequest {
  [exchange]: Exchange | undefined
}

type FindExchange = (request: FastifyRequest) => Exchange

/**
 * The plugin that gives each request a scope: `request.scope`. Register it before the routes.
 *
 * ```ts
 * await app.register(serviceScopes, { provider })
 * app.get('/orders', (request) => request.scope.get(Orders).list())
 * ```
 *
 * The scope is disposed of when the response is over, be it sent, failed, or cut off by the client or a timeout, and
 * nothing uses the scope any more: the promise that the handler returned is settled, and the stream that was sent is
 * closed. What else goes on with services after the response has to be given to `request.scope.track`.
 *
 * @throws TypeError when an option is not what it has to be; `register` rejects
 */
export async function serviceScopes(app: FastifyInstance, options: ServiceScopesOptions): Promise<void> {
  checkOptions('options', options)
  const { provider, currentScope = false, onDisposeError = logError } = options
  checkProvider(provider)
  checkBoolean('options.currentScope', currentScope)
  checkFunction('options.onDisposeError', onDisposeError)

  const settings = { provider, onDisposeError }
  const exchangeOf: FindExchange = (request) => {
    const scoped = request as ScopedRequest
    scoped[exchange] ??= new Exchange(settings, request)
    return scoped[exchange]
  }
  app.decorateRequest(exchange, undefined)
  app.decorateRequest('scope', {
    getter() {
      return exchangeOf(this).scope
    },
  })
  app.addHook('onRoute', (route) => {
    route.handler = watched(route, exchangeOf, currentScope)
  })
  app.addHook('onRequest', (request, reply, done) => {
    const one = exchangeOf(request)
    one.attach(reply)
    if (currentScope) runWithSource(one, done)
    else done()
  })
  app.addHook('onSend', (request, reply, payload, done) => {
    exchangeOf(request).send(reply, payload)
    done()
  })
}

/** What the framework reads of a plugin. Its scopes are for the whole server, not for what is registered inside. */
Object.assign(serviceScopes, {
  [Symbol.for('skip-override')]: true,
  [Symbol.for('fastify.display-name')]: 'holdfast/fastify',
  [Symbol.for('plugin-meta')]: { name: 'holdfast/fastify', fastify: '5.x' },
})

function watched(
  { handler, method, url }: RouteOptions,
  exchangeOf: FindExchange,
  enters: boolean,
): RouteHandlerMethod {
  const name = `the handler of ${method} ${url}`
  return function (request, reply) {
    const one = exchangeOf(request)
    const handle = () => one.handle(() => handler.call(this, request, reply), name)
    try {
      return enters ? runWithSource(one, handle) : handle()
    } finally {
      one.endHooks()
    }
  }
}

function logError(error: unknown, request: FastifyRequest): void {
  request.log.error({ err: error }, 'Disposing of the services of a request failed')
  if (typeof request.log.level !== 'string') warnOfDisposal(error)
}
