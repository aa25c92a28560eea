/// <reference lib="esnext.disposable" preserve="true" />
/**
 * A scope for each request of Express.
 *
 * @module holdfast/express
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ServiceProvider } from '../hosting/resolution/service-provider.js'
import { runWithSource } from '../hosting/scopes/current-scope.js'
import { warnOfDisposal } from '../hosting/scopes/scope-warnings.js'
import type { AsyncServiceScope } from '../hosting/scopes/service-scope.js'
import { checkBoolean, checkFunction, checkOptions, invalidValue } from '../validate.js'
import { checkProvider, RequestScope, whenOver } from './request-scope.js'

declare global {
  namespace Express {
    interface Request {
      /**
       * The services of this request: `serviceScopes` of `holdfast/express`. Opened when it is first read; disposed of
       * when the response is over and nothing uses it any more.
       */
      readonly scope: AsyncServiceScope
    }
  }
}

/** Of what provider the middleware opens scopes, and how. */
export interface ServiceScopesOptions {
  /** Opens the scopes. The middleware does not dispose of it: do that when the server is closed. */
  readonly provider: ServiceProvider
  /**
   * Whether `currentScope()` finds the scope of the request in what comes after the middleware. Costs about 5 µs for each request on
   * Node 20, and next to nothing since Node 24. Default false
   */
  readonly currentScope?: boolean
  /**
   * Is told what disposing of a scope has thrown; the response is gone by then. Default: a process warning,
   * `HOLDFAST_RELEASE`
   */
  readonly onDisposeError?: (error: unknown, request: Express.Request) => unknown
}

/** Can be called with the requests of Express. */
export type ScopeMiddleware = (
  request: IncomingMessage & Express.Request,
  response: ServerResponse,
  next: () => void,
) => void

const requestScope: unique symbol = Symbol('holdfast.requestScope')

type ScopedRequest = Express.Request & { [requestScope]?: RequestScope<Express.Request> }

/**
 * The middleware that gives each request a scope: `req.scope`. Use it before what needs services.
 *
 * ```ts
 * app.use(serviceScopes({ provider }))
 * app.get('/orders', tracked(async (req, res) => {
 *   res.json(await req.scope.get(Orders).list())
 * }))
 * ```
 *
 * The scope is disposed of when the response is over, be it sent, failed, or cut off by the client or a timeout, and
 * what was given to `req.scope.track` is settled. A middleware cannot see the promises of handlers: one that goes on
 * when its client has gone is known only by `tracked`.
 *
 * @throws TypeError when an option is not what it has to be
 */
export function serviceScopes(options: ServiceScopesOptions): ScopeMiddleware {
  checkOptions('options', options)
  const { provider, currentScope = false, onDisposeError = warnOfDisposal } = options
  checkProvider(provider)
  checkBoolean('options.currentScope', currentScope)
  checkFunction('options.onDisposeError', onDisposeError)
  const settings = { provider, onDisposeError }

  return (request: IncomingMessage & ScopedRequest, response, next) => {
    // The middleware of a router finds the scope of the one outside.
    if (request[requestScope] !== undefined) return next()
    const one = new RequestScope<Express.Request>(settings, request)
    request[requestScope] = one
    Object.defineProperty(request, 'scope', { get: scopeOfRequest, configurable: true, enumerable: true })
    whenOver(request, response, () => one.end())
    if (currentScope) runWithSource(one, next)
    else next()
  }
}

function scopeOfRequest(this: ScopedRequest): AsyncServiceScope | undefined {
  return this[requestScope]?.scope
}

/** By its number of parameters Express knows an error handler. */
const ERROR_HANDLER_LENGTH = 4

/**
 * Makes a handler, or a middleware, that has the scope of its request wait for the promise that it returns, also when
 * the response is over before that settles.
 *
 * @typeParam H what it is for the compiler, parameters of routes included
 * @param handler of at most three parameters
 * @returns A function that can take its place.
 * @throws TypeError when it is no function, or an error handler, with four parameters
 */
export function tracked<H extends (request: any, ...rest: any[]) => unknown>(handler: H): H {
  checkFunction('handler', handler)
  if (handler.length === ERROR_HANDLER_LENGTH) throw invalidValue('handler', 'no error handler', handler)
  const name = `the handler ${handler.name}`.trimEnd()
  const watched = (request: ScopedRequest, ...rest: unknown[]): unknown => {
    const scope = request[requestScope]
    return scope === undefined ? handler(request, ...rest) : scope.handle(() => handler(request, ...rest), name)
  }
  return watched as H
}
