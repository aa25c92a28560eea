import 'holdfast/vitest'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { NativeBuffer } from 'holdfast'
import { afterAll, beforeAll, expect, it } from 'vitest'

const server = createServer((_, response) => {
  using answer = new NativeBuffer(8)
  response.end(Buffer.from(answer.bytes))
}).listen(0)
beforeAll(async () => {
  if (!server.listening) await once(server, 'listening')
})
afterAll(() => {
  server.close()
})

it('a request leaves nothing', async () => {
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  // The block goes here.
})
