// SQLite through koffi, without a line of C++: a connection and its statements as handles.
import { GC, liveHandles } from 'holdfast'
import { Connection } from './connection.js'

const count = () => `${liveHandles(Connection)} connections, ${liveHandles('Statement')} statements`

{
  using db = new Connection(':memory:')
  db.run('CREATE TABLE city (name TEXT, country TEXT)')
  using insert = db.prepare('INSERT INTO city VALUES (?, ?)')
  for (const name of ['Bergen', 'Lübeck', 'Riga']) insert.run(name, 'somewhere')
  using select = db.prepare('SELECT name FROM city WHERE name > ? ORDER BY name')
  console.log(select.all('C').flat().join(', '))
  console.log('open:', count())
}
console.log('after the block:', count())

// A statement keeps its connection open.
const db = new Connection(':memory:')
const statement = db.prepare('SELECT 1')
db.dispose()
console.log('connection disposed:', count(), '| closed:', db.isClosed, '| it still answers:', statement.all()[0]?.[0])
statement.dispose()
console.log('statement disposed:', count(), '| closed:', db.isClosed)

// Forgotten statements are finalized, and with the last of them the connection is closed. That happens in
// the middle of a loop that never yields, too.
function forget(): void {
  const forgotten = new Connection(':memory:')
  for (let index = 0; index < 1000; index++) forgotten.prepare(`SELECT ${index}`)
}
forget()
GC.collect()
GC.collect()
console.log('collected:', count())
