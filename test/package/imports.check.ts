import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { PEERS, Project } from './support/project.js'
import { IN_RUNNER, SUBPATHS } from './support/published.js'

const project = new Project()
beforeAll(() => project.unpack())
afterAll(() => project[Symbol.dispose]())

/** How importing that ends: how many names there are, or the code of the error and what it says. */
function importing(name: string): string {
  const script = `import(${JSON.stringify(name)}).then(
  (module) => console.log('exports ' + Object.keys(module).length),
  (error) => console.log(error.code + ': ' + error.message))`
  return project.output(process.execPath, ['--eval', script])
}

const OUTSIDE = SUBPATHS.filter((name) => !IN_RUNNER.has(name))

describe('without the optional peers', () => {
  it.each(OUTSIDE.filter((name) => name !== 'holdfast/awilix'))('%s can be imported', (name) => {
    expect(importing(name)).toMatch(/^exports [1-9]/)
  })

  it.each(['awilix', 'vitest'])('holdfast/%s says which package is missing', (peer) => {
    expect(importing(`holdfast/${peer}`)).toMatch(new RegExp(`^ERR_MODULE_NOT_FOUND: .*package '${peer}'`))
  })

  it('holdfast/jest says that it needs Jest', () => {
    expect(importing('holdfast/jest')).toMatch(/^ERR_HOLDFAST_INVALID_OPERATION: .*jest-circus/)
  })

  it('what is not exported cannot be imported', () => {
    expect(importing('holdfast/dist/binding.js')).toContain('ERR_PACKAGE_PATH_NOT_EXPORTED')
  })
})

describe('with the optional peers', () => {
  beforeAll(() => project.link(PEERS))

  it.each(OUTSIDE)('%s can be imported', (name) => {
    expect(importing(name)).toMatch(/^exports [1-9]/)
  })

  it('scopes, handles and metrics work with them', () => {
    project.write({
      'app.mjs': `import { createContainer } from 'awilix'
import express from 'express'
import fastify from 'fastify'
import client from 'prom-client'
import { NativeBuffer, liveHandles } from 'holdfast'
import { asHandle } from 'holdfast/awilix'
import { serviceScopes as ofExpress } from 'holdfast/express'
import { serviceScopes } from 'holdfast/fastify'
import { ServiceCollection } from 'holdfast/hosting'
import { registerPrometheus } from 'holdfast/metrics'

const provider = new ServiceCollection().build()
const container = createContainer().register({ buffer: asHandle(() => new NativeBuffer(16)).singleton() })
container.resolve('buffer')
const whileOpen = liveHandles()
await container.dispose()
const app = fastify()
await app.register(serviceScopes, { provider })
app.get('/', async () => 'served')
const { body } = await app.inject('/')
await app.close()
express().use(ofExpress({ provider }))
registerPrometheus(client)
console.log(whileOpen, liveHandles(), body, (await client.register.metrics()).includes('holdfast_'))
`,
    })
    expect(project.output(process.execPath, ['app.mjs'])).toBe('1 0 served true\n')
  })
})
