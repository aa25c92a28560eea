import { DisposableObject } from 'holdfast'
import { Connection } from 'holdfast-example-sqlite/connection.js'
import type { Reading } from './station.js'

/** Opens the database, and makes it if need be. */
export function openDatabase(path: string): Connection {
  const connection = new Connection(path)
  try {
    // What was committed survives the end of the process, which is what this program is about; a power failure it
    // may not survive. Waiting for the disk would take most of the time.
    connection.run('PRAGMA synchronous = OFF')
    connection.run(
      `CREATE TABLE IF NOT EXISTS reading
        (recorded_at TEXT DEFAULT CURRENT_TIMESTAMP, pressure REAL, temperature REAL, humidity REAL)`,
    )
    return connection
  } catch (error) {
    connection.dispose()
    throw error
  }
}

/** A transaction that stores readings. What was not committed when it is disposed of is undone. */
export class ReadingStore extends DisposableObject {
  static readonly inject = [Connection] as const
  readonly #connection: Connection
  #isCommitted = false

  constructor(connection: Connection) {
    super()
    this.#connection = connection
    connection.run('BEGIN IMMEDIATE')
  }

  add({ pressure, temperature, humidity }: Reading): void {
    this.throwIfDisposed()
    const values = [pressure, temperature, humidity].map(String)
    this.#connection.run('INSERT INTO reading (pressure, temperature, humidity) VALUES (?, ?, ?)', ...values)
  }

  commit(): void {
    this.throwIfDisposed()
    this.#connection.run('COMMIT')
    this.#isCommitted = true
  }

  protected override disposeCore(): void {
    if (!this.#isCommitted) this.#connection.run('ROLLBACK')
  }
}
