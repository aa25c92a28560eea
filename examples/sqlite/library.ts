// The functions of SQLite that this example uses, as koffi calls them. Pointers are bigints.
import koffi from 'koffi'

const NAMES: Partial<Record<NodeJS.Platform, string>> = {
  darwin: 'libsqlite3.dylib',
  win32: 'winsqlite3.dll',
}
const library = koffi.load(NAMES[process.platform] ?? 'libsqlite3.so.0')

export const sqlite = {
  open: library.func('int sqlite3_open(const char *path, _Out_ void **db)') as (path: string, db: [bigint]) => number,
  close: library.func('int sqlite3_close(void *db)') as (db: bigint) => number,
  prepare: library.func(
    'int sqlite3_prepare_v2(void *db, const char *sql, int length, _Out_ void **statement, void *tail)',
  ) as (db: bigint, sql: string, length: number, statement: [bigint], tail: null) => number,
  finalize: library.func('int sqlite3_finalize(void *statement)') as (statement: bigint) => number,
  step: library.func('int sqlite3_step(void *statement)') as (statement: bigint) => number,
  reset: library.func('int sqlite3_reset(void *statement)') as (statement: bigint) => number,
  bindText: library.func(
    'int sqlite3_bind_text(void *statement, int index, const char *text, int length, intptr_t destructor)',
  ) as (statement: bigint, index: number, text: string, length: number, destructor: number) => number,
  columnCount: library.func('int sqlite3_column_count(void *statement)') as (statement: bigint) => number,
  columnText: library.func('const char *sqlite3_column_text(void *statement, int column)') as (
    statement: bigint,
    column: number,
  ) => string | null,
  errorMessage: library.func('const char *sqlite3_errmsg(void *db)') as (db: bigint) => string,
}

export const OK = 0
export const ROW = 100
export const DONE = 101
/** SQLite makes a copy of a text before the call returns. */
export const TRANSIENT = -1
