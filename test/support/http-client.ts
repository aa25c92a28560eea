import { once } from 'node:events'
import { Agent, type ClientRequest, request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http'
import { type AddressInfo, connect, type Server, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'

// A client that can also behave badly.

export interface Answer {
  readonly status: number
  readonly body: string
}

export interface Options extends RequestOptions {
  readonly body?: string
}

export class HttpClient implements Disposable {
  readonly port: number
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 20 })

  constructor(server: Server) {
    this.port = (server.address() as AddressInfo).port
  }

  async get(path: string, options: Options = {}): Promise<Answer> {
    const response = await responseTo(this.#open(path, { agent: this.#agent, ...options }))
    return { status: response.statusCode ?? 0, body: await text(response) }
  }

  /** Resolves with the code of the error with which the connection ends. */
  async failing(path: string, options: Options = {}): Promise<string> {
    return codeOf(this.#open(path, options))
  }

  /** Goes away when the promise resolves, without having got an answer. */
  async abortedAfter(path: string, moment: Promise<unknown>, options: Options = {}): Promise<void> {
    const request = this.#open(path, options)
    const failure = codeOf(request)
    await moment
    request.destroy()
    await failure
  }

  /** Goes away after the first bytes of the answer. */
  async cutOff(path: string): Promise<void> {
    const response = await responseTo(this.#open(path))
    await once(response, 'data')
    response.destroy()
  }

  /** A connection that `requests` were written to, in one piece. */
  async raw(requests: string): Promise<Socket> {
    const socket = connect(this.port, '127.0.0.1')
    socket.on('error', () => {})
    await once(socket, 'connect')
    socket.write(requests)
    return socket
  }

  #open(path: string, { body, headers, ...options }: Options = {}): ClientRequest {
    const sent = { 'content-type': 'application/json', ...headers }
    const request = httpRequest({ host: '127.0.0.1', port: this.port, path, ...options, headers: sent })
    request.end(body)
    return request
  }

  [Symbol.dispose](): void {
    this.#agent.destroy()
  }
}

async function responseTo(request: ClientRequest): Promise<IncomingMessage> {
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  return response
}

async function codeOf(request: ClientRequest): Promise<string> {
  const [error] = (await once(request, 'error')) as [NodeJS.ErrnoException]
  return error.code ?? error.message
}
