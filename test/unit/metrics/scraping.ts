import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

interface Exposes {
  readonly contentType: string
  metrics(): Promise<string>
}

export interface Exposition {
  /** By name and labels, as they are written: `holdfast_handles_live{kind="NativeBuffer"}`. */
  readonly samples: ReadonlyMap<string, number>
  readonly types: Readonly<Record<string, string>>
  readonly text: string
}

/** What a program does that is scraped: serves its registry over HTTP, on this machine alone. */
export class MetricsServer implements AsyncDisposable {
  readonly #server

  private constructor(register: Exposes) {
    this.#server = createServer(async (_, response) => {
      response.setHeader('Content-Type', register.contentType)
      response.end(await register.metrics())
    })
  }

  static async start(register: Exposes): Promise<MetricsServer> {
    const { promise, resolve } = withResolvers()
    const server = new MetricsServer(register)
    server.#server.listen(0, '127.0.0.1', resolve)
    await promise
    return server
  }

  async scrape(): Promise<Exposition> {
    const { port } = this.#server.address() as AddressInfo
    const response = await fetch(`http://127.0.0.1:${port}/metrics`, { headers: { connection: 'close' } })
    return parse(await response.text())
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { promise, resolve } = withResolvers()
    this.#server.close(resolve)
    await promise
  }
}

function withResolvers(): { promise: Promise<void>; resolve: () => void } {
  let resolve = () => {}
  const promise = new Promise<void>((done) => {
    resolve = done
  })
  return { promise, resolve }
}

const SAMPLE = /^([a-z_]+(?:\{(?:[a-z_]+="(?:[^"\\\n]|\\.)*",?)+\})?) (\S+)$/
const COMMENT = /^# (?:(HELP|TYPE) (\w+) (.+)|EOF)$/

/** Strictly by the text format: a line that is none of it throws. */
function parse(text: string): Exposition {
  const samples = new Map<string, number>()
  const types: Record<string, string> = {}
  for (const line of text.split('\n')) {
    if (line === '') continue
    const [, keyword, name, rest] = COMMENT.exec(line) ?? []
    if (keyword === 'TYPE') types[name as string] = rest as string
    if (line.startsWith('#') && COMMENT.test(line)) continue
    const [, key, value] = SAMPLE.exec(line) ?? []
    if (key === undefined || samples.has(key)) throw new Error(`Unexpected line: ${line}`)
    samples.set(key, Number(value))
  }
  return { samples, types, text }
}
