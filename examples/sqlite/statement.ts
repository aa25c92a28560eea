import { SafeHandle } from 'holdfast'
import type { Connection } from './connection.js'
import { DONE, OK, ROW, sqlite, TRANSIENT } from './library.js'

/** What it takes to release a statement. Not the statement: that could never be collected then. */
interface Prepared {
  readonly pointer: bigint
  readonly connection: Connection
}

const NOTHING: Prepared | null = null

/** A prepared statement. It keeps its connection open: the last of the two closes it. */
export class Statement extends SafeHandle<Prepared | null> {
  static releaseHandle({ pointer, connection }: Prepared): void {
    // What finalize returns is the error of the last step, not its own.
    sqlite.finalize(pointer)
    connection.dangerousRelease()
  }

  constructor(connection: Connection, sql: string) {
    super(NOTHING)
    connection.dangerousAddRef()
    const statement: [bigint] = [0n]
    const db = connection.dangerousGetHandle() as bigint
    if (sqlite.prepare(db, sql, -1, statement, null) === OK) {
      this.setHandle({ pointer: statement[0], connection })
      return
    }
    const message = sqlite.errorMessage(db)
    connection.dangerousRelease()
    throw new Error(`Cannot prepare ${sql}: ${message}`)
  }

  /** Every row, as texts. */
  all(...parameters: string[]): (string | null)[][] {
    using lease = this.lease()
    const { pointer } = lease.value as Prepared
    this.#bind(pointer, parameters)
    const rows: (string | null)[][] = []
    try {
      while (this.#step(lease.value as Prepared)) {
        rows.push(
          Array.from({ length: sqlite.columnCount(pointer) }, (_, column) => sqlite.columnText(pointer, column)),
        )
      }
    } finally {
      sqlite.reset(pointer)
    }
    return rows
  }

  run(...parameters: string[]): void {
    this.all(...parameters)
  }

  #bind(pointer: bigint, parameters: string[]): void {
    for (const [index, text] of parameters.entries()) {
      if (sqlite.bindText(pointer, index + 1, text, -1, TRANSIENT) !== OK) throw new Error(`No parameter ${index + 1}.`)
    }
  }

  #step({ pointer, connection }: Prepared): boolean {
    const result = sqlite.step(pointer)
    if (result === ROW) return true
    if (result === DONE) return false
    throw new Error(sqlite.errorMessage(connection.dangerousGetHandle() as bigint))
  }
}
