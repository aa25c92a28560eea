import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Outcome, PEERS, Project } from './support/project.js'
import { NEEDS_PEER, SUBPATHS } from './support/published.js'

const COMPILERS = [
  ['TypeScript 7', 'typescript'],
  ['TypeScript 5.9', 'typescript-5'],
] as const
const RESOLUTIONS = ['node16', 'bundler'] as const
const TYPES_OF_NODE = [join('@types', 'node'), 'undici-types']

/** A program that uses something of each, so that nothing is left out as unused. */
function programThatImports(names: readonly string[]): string {
  const imports = names.map((name, index) => `import * as part${index} from '${name}'`)
  return `${imports.join('\n')}\nexport const parts: object[] = [${names.map((_, index) => `part${index}`)}]\n`
}

const FIRST_BLOCK = `import { NativeBuffer, SafeHandle, liveHandles } from 'holdfast'
class Connection extends SafeHandle<number> {
  static releaseHandle(handle: number) { console.log('closed', handle) }
}
function work() {
  using buffer = new NativeBuffer(64)
  const view: Uint8Array = buffer.bytes
  console.log(view.length, liveHandles())
}
async function workLater() {
  await using buffer = new NativeBuffer(64)
  await Promise.resolve()
  console.log(buffer.byteLength, liveHandles())
}
work()
await workLater()
console.log(liveHandles(), typeof Connection)
`

describe.each(COMPILERS)('%s', (_, compiler) => {
  const project = new Project()
  afterAll(() => project[Symbol.dispose]())

  function compile(moduleResolution: string, files: Readonly<Record<string, string>>, lib = ['ES2022']): Outcome {
    const options = {
      strict: true,
      exactOptionalPropertyTypes: true,
      skipLibCheck: false,
      target: 'ES2022',
      lib,
      types: ['node'],
      module: moduleResolution === 'bundler' ? 'ESNext' : moduleResolution,
      moduleResolution,
      outDir: 'out',
    }
    project.write({
      ...files,
      'package.json': '{ "type": "module" }',
      'tsconfig.json': JSON.stringify({ compilerOptions: options, files: Object.keys(files) }),
    })
    return project.run(process.execPath, [join(PEERS, compiler, 'bin', 'tsc')])
  }

  beforeAll(() => {
    project.unpack()
    project.link(PEERS, TYPES_OF_NODE)
  })

  it.each(RESOLUTIONS)('under %s, without the optional peers, all that needs none has its types', (resolution) => {
    const names = SUBPATHS.filter((name) => !NEEDS_PEER.has(name))
    expect(names.length).toBeGreaterThan(6)
    expect(compile(resolution, { 'all.ts': programThatImports(names) })).toMatchObject({ code: 0, stdout: '' })
  })

  it('`using` is lowered to ES2022, and releases at the end of the block', () => {
    const { code, stdout } = compile('node16', { 'first.ts': FIRST_BLOCK }, ['ES2022', 'ESNext.Disposable'])
    expect(stdout).toBe('')
    expect(code).toBe(0)
    expect(project.output(process.execPath, [join('out', 'first.js')])).toBe('64 1\n64 1\n0 function\n')
  })

  it('a wrong use is an error, so types are not just any', () => {
    const { code, stdout } = compile('node16', {
      'wrong.ts': `import { NativeBuffer } from 'holdfast'\nnew NativeBuffer('much')\nnew NativeBuffer(1).size\n`,
    })
    expect(code).not.toBe(0)
    expect([...stdout.matchAll(/error (TS\d+)/g)].map(([, number]) => number)).toEqual(['TS2345', 'TS2339'])
  })

  describe('with the optional peers', () => {
    beforeAll(() => project.link(PEERS))

    it.each(RESOLUTIONS)('under %s everything has its types', (resolution) => {
      expect(compile(resolution, { 'all.ts': programThatImports(SUBPATHS) })).toMatchObject({ code: 0, stdout: '' })
    })

    it('what they register fits', () => {
      const text = `import { asHandle } from 'holdfast/awilix'
import { NativeBuffer } from 'holdfast'
import { ServiceCollection } from 'holdfast/hosting'
import { serviceScopes } from 'holdfast/fastify'
import * as ofExpress from 'holdfast/express'
import { registerPrometheus, registerOpenTelemetry } from 'holdfast/metrics'
import { createContainer } from 'awilix'
import { metrics } from '@opentelemetry/api'
import client from 'prom-client'
import express from 'express'
import fastify from 'fastify'
const provider = new ServiceCollection().build()
createContainer().register({ buffer: asHandle(() => new NativeBuffer(1)) })
express().use(ofExpress.serviceScopes({ provider }))
fastify().register(serviceScopes, { provider })
registerPrometheus(client)
registerOpenTelemetry(metrics.getMeter('app'))
`
      expect(compile('node16', { 'fits.ts': text })).toMatchObject({ code: 0, stdout: '' })
    })
  })
})
