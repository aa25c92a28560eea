import { SafeHandleZeroOrMinusOneIsInvalid } from 'holdfast'

// SQLite, by way of the example that binds it.
const { sqlite, DONE, OK } = await import(new URL('../../../examples/sqlite/out/library.js', import.meta.url).href)

function sqlite3_open(path: string): bigint {
  const db: [bigint] = [0n]
  if (sqlite.open(path, db) !== OK) throw new Error(sqlite.errorMessage(db[0]))
  return db[0]
}

const sqlite3_close = (db: bigint): number => sqlite.close(db)

function sqlite3_exec(db: bigint, sql: string): void {
  const statement: [bigint] = [0n]
  if (sqlite.prepare(db, sql, -1, statement, null) !== OK) throw new Error(sqlite.errorMessage(db))
  if (sqlite.step(statement[0]) !== DONE) throw new Error(sqlite.errorMessage(db))
  sqlite.finalize(statement[0])
}
