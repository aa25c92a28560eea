import assert from 'node:assert'
import Fastify from 'fastify'
import { serviceScopes } from 'holdfast/fastify'
import { ServiceCollection } from 'holdfast/hosting'

class Mailer {
  async send(text: string): Promise<string> {
    return text
  }
}
const provider = new ServiceCollection().addScoped(Mailer).build()
const app = Fastify()
await app.register(serviceScopes, { provider })

// The block goes here.

assert.equal((await app.inject({ method: 'POST', url: '/orders' })).statusCode, 202)
await app.close()
await provider.disposeAsync()
