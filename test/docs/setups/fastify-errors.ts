import assert from 'node:assert'
import Fastify from 'fastify'
import { serviceScopes } from 'holdfast/fastify'
import { ServiceCollection } from 'holdfast/hosting'

class Failing implements Disposable {
  [Symbol.dispose](): void {
    throw new Error('disposal fails')
  }
}
const counted: string[] = []
const metrics = { count: (name: string, _labels: object) => counted.push(name) }
const provider = new ServiceCollection().addScoped(Failing).build()
const app = Fastify()

// The block goes here.

app.get('/', (request) => ({ service: request.scope.get(Failing).constructor.name }))
await app.inject('/')
await app.close()
await provider.disposeAsync()
assert.deepEqual(counted, ['disposal failed'])
