import { SafeHandleZeroOrMinusOneIsInvalid } from 'holdfast'
import { OK, sqlite } from './library.js'
import { Statement } from './statement.js'

/** A database that is open. */
export class Connection extends SafeHandleZeroOrMinusOneIsInvalid {
  // Static, since the object may be gone: it sees nothing but the pointer. SQLite refuses while statements
  // are left; there are none, since each of them holds a reference.
  static releaseHandle(db: bigint): boolean {
    return sqlite.close(db) === OK
  }

  constructor(path: string) {
    super()
    const db: [bigint] = [0n]
    const result = sqlite.open(path, db)
    // Also when it fails SQLite gives a connection, which has to be closed. From here on that happens.
    this.setHandle(db[0])
    if (result === OK) return
    const message = sqlite.errorMessage(db[0])
    this.dispose()
    throw new Error(`Cannot open ${path}: ${message}`)
  }

  prepare(sql: string): Statement {
    return new Statement(this, sql)
  }

  /** Runs a statement that gives no rows. */
  run(sql: string, ...parameters: string[]): void {
    const statement = this.prepare(sql)
    try {
      statement.run(...parameters)
    } finally {
      statement.dispose()
    }
  }
}
