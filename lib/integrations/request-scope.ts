import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { ServiceProvider } from '../hosting/resolution/service-provider.js'
import type { ScopeSource } from '../hosting/scopes/current-scope.js'
import { warnOfDisposal } from '../hosting/scopes/scope-warnings.js'
import type { AsyncServiceScope } from '../hosting/scopes/service-scope.js'
import { isThenable } from '../use.js'
import { checkObject, invalidType } from '../validate.js'

/** Work that uses the scope of a request. */
interface Work {
  readonly promise: PromiseLike<unknown>
  readonly name: string
}

/** What the scopes of all requests have in common. */
export interface RequestScopeSettings<Request> {
  readonly provider: ServiceProvider
  readonly onDisposeError: (error: unknown, request: Request) => unknown
}

/**
 * The scope of one request. It is opened when it is asked for, and ends with the response, once the work is done that
 * uses it.
 */
export class RequestScope<Request> implements ScopeSource {
  readonly #settings: RequestScopeSettings<Request>
  readonly #request: Request
  #scope: AsyncServiceScope | undefined
  /** What has begun while the scope was not open. */
  #earlierWork: Work[] | undefined
  #isOver = false
  #isDisposed = false
  /** Handlers that have not returned. */
  #running = 0

  constructor(settings: RequestScopeSettings<Request>, request: Request) {
    this.#settings = settings
    this.#request = request
  }

  /**
   * A disposed one when the response is over, and no work goes on.
   *
   * @throws ObjectDisposedError when the provider is disposed
   */
  get scope(): AsyncServiceScope {
    this.#scope ??= this.#open()
    return this.#scope
  }

  #open(): AsyncServiceScope {
    const scope = this.#settings.provider.createAsyncScope()
    for (const work of this.#earlierWork ?? []) track(scope, work)
    this.#earlierWork = undefined
    this.#disposeIfDue(scope)
    return scope
  }

  /** Calls a handler. The scope is not disposed before it has returned, and the promise has settled that it returns. */
  handle<R>(handler: () => R, name: string): R {
    this.#running++
    try {
      const result = handler()
      if (isThenable(result)) this.keepDuring(result, name)
      return result
    } finally {
      this.#running--
      this.#disposeIfDue(this.#scope)
    }
  }

  /** @param name what the work is called when disposal has to wait for it */
  keepDuring(promise: PromiseLike<unknown>, name: string): void {
    if (this.#scope !== undefined) track(this.#scope, { promise, name })
    else this.#earlierWork = [...(this.#earlierWork ?? []), { promise, name }]
  }

  /** The response is over. */
  end(): void {
    this.#isOver = true
    this.#disposeIfDue(this.#scope)
  }

  #disposeIfDue(scope: AsyncServiceScope | undefined): void {
    if (scope === undefined || !this.#isOver || this.#running > 0 || this.#isDisposed) return
    this.#isDisposed = true
    // Nobody waits for it, and a rejection that nobody handles would end the process.
    scope.disposeAsync().catch((error: unknown) => this.#report(error))
  }

  async #report(error: unknown): Promise<void> {
    try {
      await this.#settings.onDisposeError(error, this.#request)
    } catch (failure) {
      warnOfDisposal(failure)
    }
  }
}

function track(scope: AsyncServiceScope, { promise, name }: Work): void {
  try {
    scope.track(promise, name)
  } catch {
    // The program has disposed of the scope by itself. It knows what it does.
  }
}

/** Calls `end` when the response was sent, has failed, or was cut off, once or more; also when that was before. */
export function whenOver(request: IncomingMessage, response: ServerResponse, end: () => void): void {
  const { socket } = request
  // A pipelined response has no socket until its turn comes, and is not told of one that is closed before.
  const waits = response.socket === null
  if (isDestroyed(response) || (waits && socket.destroyed)) {
    end()
    return
  }
  response.on('close', end)
  if (!waits) return
  const ends = endsWith(socket)
  ends.add(end)
  response.on('close', () => ends.delete(end))
}

const waiting = new WeakMap<Socket, Set<() => void>>()

/** What is called when the socket is closed. By one listener: of more than ten the runtime would warn. */
function endsWith(socket: Socket): Set<() => void> {
  const known = waiting.get(socket)
  if (known !== undefined) return known
  const ends = new Set<() => void>()
  waiting.set(socket, ends)
  socket.once('close', () => {
    for (const end of ends) end()
  })
  return ends
}

/** Responses of HTTP/2 do not say it by themselves. */
function isDestroyed(response: ServerResponse & { readonly stream?: { readonly destroyed: boolean } }): boolean {
  return response.destroyed || response.stream?.destroyed === true
}

export function checkProvider(provider: unknown): asserts provider is ServiceProvider {
  checkObject('options.provider', provider)
  if (!('createAsyncScope' in provider)) {
    throw invalidType('options.provider', 'a provider, which ServiceCollection.build() makes', provider)
  }
}
