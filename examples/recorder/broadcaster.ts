import { setImmediate } from 'node:timers/promises'
import { Connection } from 'holdfast-example-sqlite/connection.js'

/** Sends the latest reading to whoever has subscribed. */
export class Broadcaster {
  static readonly inject = [Connection] as const
  readonly #connection: Connection

  constructor(connection: Connection) {
    this.#connection = connection
  }

  async broadcast(subscriber: string): Promise<string> {
    await setImmediate() // stands for reaching the subscriber
    using latest = this.#connection.prepare('SELECT round(pressure) FROM reading ORDER BY rowid DESC LIMIT 1')
    return `${subscriber} is told ${latest.all()[0]?.[0]} hPa`
  }
}
