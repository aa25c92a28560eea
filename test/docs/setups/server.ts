import assert from 'node:assert'
import { once } from 'node:events'
import { Server } from 'node:net'

// A server of the block is asked once, wherever it listens, and told to end.
const servers: Server[] = []
const { listen } = Server.prototype
Server.prototype.listen = function (this: Server, ...args: unknown[]) {
  servers.push(this)
  const [where, ...more] = args
  const anyPort = typeof where === 'object' ? { ...where, port: 0 } : 0
  return listen.apply(this, [anyPort, ...more] as never)
} as typeof listen

// The block goes here.

for (const server of servers) {
  if (!server.listening) await once(server, 'listening')
  const { port, family } = server.address() as { port: number; family: string }
  const response = await fetch(`http://${family === 'IPv6' ? '[::1]' : '127.0.0.1'}:${port}/orders`)
  assert.equal(response.status, 200)
  await response.text()
}
if (!process.emit('SIGTERM', 'SIGTERM')) for (const server of servers) server.close()
