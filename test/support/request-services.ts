import { EventEmitter, once } from 'node:events'
import { setImmediate } from 'node:timers/promises'
import { expect } from 'vitest'
import { type RootServiceProvider, ServiceCollection, type ServiceProviderOptions } from '../../lib/hosting/index.js'
import { liveHandles } from '../../lib/index.js'
import type { HttpClient } from './http-client.js'

// Services of requests that know whether they are in use, and notice when they are disposed of too early, or twice.

export class Watched {
  isInUse = false
  disposals = 0
  readonly #watch: RequestServices

  constructor(watch: RequestServices) {
    this.#watch = watch
    watch.made.push(this)
  }

  /** What a handler does between the first and the last use of the service. */
  async during<T>(work: () => T): Promise<Awaited<T>> {
    this.use()
    this.isInUse = true
    try {
      return await work()
    } finally {
      this.use()
      this.isInUse = false
    }
  }

  use(): void {
    if (this.disposals > 0) this.#watch.violations.push('used after it was disposed')
  }

  protected countDisposal(): void {
    this.disposals++
    if (this.isInUse) this.#watch.violations.push('disposed while it was in use')
    this.#watch.events.emit('disposed')
  }
}

export class Session extends Watched implements Disposable {
  [Symbol.dispose](): void {
    this.countDisposal()
  }
}

/** Takes turns to dispose of. */
export class Transaction extends Watched implements AsyncDisposable {
  async [Symbol.asyncDispose](): Promise<void> {
    await setImmediate()
    this.countDisposal()
  }
}

/** Cannot be disposed of without an error. */
export class Broken implements Disposable {
  [Symbol.dispose](): void {
    throw new Error('broken')
  }
}

export class RequestServices {
  readonly events = new EventEmitter().setMaxListeners(0)
  readonly made: Watched[] = []
  readonly violations: string[] = []
  readonly provider: RootServiceProvider

  constructor(options: ServiceProviderOptions = {}) {
    this.provider = new ServiceCollection()
      .addScoped(Session, () => new Session(this))
      .addScoped(Transaction, (services) => {
        services.get(Session)
        return new Transaction(this)
      })
      .addScoped(Broken)
      .build(options)
  }

  /** Uses the service, says so, and goes on for a while after the response is over. */
  outlast(service: Watched, id: string | undefined, response: EventEmitter): Promise<string> {
    return service.during(async () => {
      this.events.emit(`begun ${id}`)
      await once(response, 'close')
      for (let turn = 0; turn < 3; turn++) await setImmediate()
      return 'too late'
    })
  }

  /** Resolves when the handler of the request with this id has begun. */
  async begun(id: string | number): Promise<void> {
    await once(this.events, `begun ${id}`)
  }

  /** Resolves when all services that were made are disposed of. */
  async allDisposed(): Promise<void> {
    while (this.made.some(({ disposals }) => disposals === 0)) await once(this.events, 'disposed')
    // A scope is closed after its last service.
    await setImmediate()
  }

  /** Waits for the end of all scopes, and says what has to be true of them then. */
  async expectAllEnded(services: number): Promise<void> {
    await this.allDisposed()
    expect(this.violations).toEqual([])
    expect(this.made.map(({ disposals }) => disposals)).toEqual(Array(services).fill(1))
    expect(liveHandles('ServiceScope')).toBe(0)
  }

  /** Sends requests in one piece, each of which makes two services, over a connection that stays open. */
  async expectPipelineToEnd(client: HttpClient): Promise<void> {
    const requests = 15
    const socket = await client.raw('GET /answers HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(requests))
    let received = ''
    await new Promise<void>((resolve) => {
      socket.setEncoding('utf8').on('data', (text) => {
        received += text
        if (received.split('HTTP/1.1 200 OK').length > requests) resolve()
      })
    })
    await this.expectAllEnded(2 * requests)
    socket.destroy()
  }

  /** Cuts a connection with requests whose handlers have begun, and whose turn to be answered has not come. */
  async expectCutPipelineToEnd(client: HttpClient): Promise<void> {
    const warnings: Error[] = []
    const note = (warning: Error) => void warnings.push(warning)
    process.on('warning', note)
    const ids = Array.from({ length: 15 }, (_, id) => id)
    const begins = Promise.all(ids.map((id) => this.begun(id)))
    const socket = await client.raw(ids.map((id) => `GET /hangs/${id} HTTP/1.1\r\nHost: a\r\n\r\n`).join(''))
    await begins
    socket.destroy()
    await this.expectAllEnded(ids.length)
    process.off('warning', note)
    expect(warnings).toEqual([])
  }
}

/** What a handler sends as a stream that needs the service. */
export async function* lines(service: Watched, count: number): AsyncGenerator<string> {
  service.isInUse = true
  try {
    for (let line = 0; line < count; line++) {
      service.use()
      yield `${line} ${'.'.repeat(1000)}\n`
      await setImmediate()
    }
  } finally {
    await setImmediate()
    service.use()
    service.isInUse = false
  }
}
