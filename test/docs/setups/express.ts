import assert from 'node:assert'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { ServiceCollection } from 'holdfast/hosting'

class Orders {
  async list(): Promise<string[]> {
    return ['first']
  }
}
const provider = new ServiceCollection().addScoped(Orders).build()

// The block goes here.

const server = app.listen(0)
await once(server, 'listening')
const response = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/orders`)
assert.deepEqual(await response.json(), ['first'])
server.close()
await provider.disposeAsync()
