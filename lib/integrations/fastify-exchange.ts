import { finished } from 'node:stream'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { RequestScope, whenOver } from './request-scope.js'

/**
 * The scope of a request to Fastify. Hooks use it, too, and when the client has gone, Fastify calls the rest of them and
 * the handler all the same. So the scope has to stay until the handler was called, or something was sent instead.
 */
export class Exchange extends RequestScope<FastifyRequest> {
  #isAttached = false
  #isPastHooks = false
  #hooksEnded: (() => void) | undefined

  /** Ends the scope with the response. */
  attach(reply: FastifyReply): void {
    if (this.#isAttached) return
    this.#isAttached = true
    whenOver(reply.request.raw, reply.raw, () => this.#close(reply))
  }

  #close(reply: FastifyReply): void {
    if (!this.#isPastHooks && !reply.sent) {
      const { method, routeOptions } = reply.request
      const hooks = new Promise<void>((resolve) => {
        this.#hooksEnded = resolve
      })
      this.keepDuring(hooks, `hooks of ${method} ${routeOptions.url}`)
    }
    this.end()
  }

  /** The handler was called, or will not be. */
  endHooks(): void {
    this.#isPastHooks = true
    this.#hooksEnded?.()
  }

  /** A stream may use services until it is closed. */
  send(reply: FastifyReply, payload: unknown): void {
    this.attach(reply)
    if (isStream(payload)) {
      const closed = new Promise<void>((resolve) => finished(payload, () => resolve()))
      this.keepDuring(closed, 'the stream that was sent')
    }
    this.endHooks()
  }
}

function isStream(payload: unknown): payload is NodeJS.ReadableStream {
  return typeof payload === 'object' && payload !== null && 'pipe' in payload && typeof payload.pipe === 'function'
}
