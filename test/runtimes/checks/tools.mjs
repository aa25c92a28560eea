import assert from 'node:assert/strict'
import { subscribe as subscribeTo, unsubscribe } from 'node:diagnostics_channel'
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { liveHandles, NativeBuffer } from 'holdfast'
import { createToken, ServiceCollection } from 'holdfast/hosting'
import { registerOpenTelemetry, registerPrometheus } from 'holdfast/metrics'
import { expectNoLiveHandles, trackHandles, withHandleTracking } from 'holdfast/testing'
import { tracking } from 'holdfast/tracking'
import { Probe } from '../../support/in-child.mjs'
import { collectWithTurns, runScript } from '../support.mjs'

/** A check that changes the level, which is the thread's. */
function atLevel(level, body) {
  return async () => {
    const before = tracking.level
    tracking.level = level
    try {
      return await body()
    } finally {
      tracking.level = before
    }
  }
}

const THIS_FILE = fileURLToPath(import.meta.url)

export const tools = {
  'a snapshot knows kind, bytes and creation site, and snapshots are compared': atLevel('full', () => {
    const before = tracking.snapshot()
    const buffer = new NativeBuffer(123)
    buffer.touch('used')
    const after = tracking.snapshot()
    const [handle] = tracking.diff(before, after).added
    assert.deepEqual([handle.kind, handle.bytes, handle.touches], ['NativeBuffer', 123, 1])
    assert.equal(handle.stack[0].file, THIS_FILE)
    assert.ok(handle.stack[0].line > 0)
    buffer.dispose()
  }),

  'a level below full counts only': atLevel('counts', () => {
    const buffer = new NativeBuffer(5)
    const [handle] = tracking.snapshot().handles
    assert.deepEqual([handle.kind, handle.bytes, handle.stack], ['NativeBuffer', 5, undefined])
    buffer.dispose()
  }),

  'a handle that was collected gives one warning, with its creation site': atLevel('full', async () => {
    const warnings = []
    const listener = (warning) => warnings.push(warning)
    process.on('warning', listener)
    ;(() => {
      for (let index = 0; index < 10; index++) new Probe(400 + index)
    })()
    await collectWithTurns(() => warnings.length > 0 && liveHandles() === 0)
    await new Promise((resolve) => setTimeout(resolve, 20))
    process.off('warning', listener)
    assert.equal(warnings.length, 1)
    assert.deepEqual([warnings[0].name, warnings[0].code], ['HandleLeakWarning', 'HOLDFAST_LEAK'])
    assert.match(warnings[0].message, /in-child\.mjs|tools\.mjs/)
  }),

  'diagnostics channels tell of each open and close': atLevel('full', () => {
    const messages = []
    const listener = (message, name) => messages.push(`${name} ${message.kind}`)
    subscribeTo('holdfast:handle:open', listener)
    subscribeTo('holdfast:handle:close', listener)
    new NativeBuffer(1).dispose()
    unsubscribe('holdfast:handle:open', listener)
    unsubscribe('holdfast:handle:close', listener)
    new NativeBuffer(1).dispose()
    assert.deepEqual(messages, ['holdfast:handle:open NativeBuffer', 'holdfast:handle:close NativeBuffer'])
  }),

  'tracking.explain() says what holds a handle': async () => {
    const buffer = new NativeBuffer(1)
    const registry = new Map([['mine', buffer]])
    globalThis.holdfastRegistry = registry
    try {
      const retention = await tracking.explain(buffer)
      assert.match(retention?.heldBy ?? 'nothing', /Map/)
    } catch (error) {
      if (error.code !== 'ERR_HOLDFAST_INVALID_OPERATION') throw error
      return { deviates: 'the runtime writes no heap snapshots of the V8 kind: the call rejects, and says so' }
    } finally {
      delete globalThis.holdfastRegistry
      buffer.dispose()
    }
  },

  'guards of tests find what was left, and nothing else': async () => {
    const scope = trackHandles()
    const buffer = new NativeBuffer(1)
    assert.equal(scope.opened, 1)
    assert.throws(() => scope.assertNone(), { code: 'ERR_HOLDFAST_LEAK' })
    buffer.dispose()
    await scope.settle()
    scope.dispose()
    expectNoLiveHandles()
    await assert.rejects(
      withHandleTracking(async () => {
        globalThis.forgotten = new NativeBuffer(1)
      }),
      (error) => error.code === 'ERR_HOLDFAST_LEAK' && error.leaks[0].kind === 'NativeBuffer',
    )
    globalThis.forgotten.dispose()
  },

  'a container disposes of its scopes and services, users first': async () => {
    const order = []
    const named = (name) => ({
      [Symbol.dispose]() {
        order.push(name)
      },
    })
    const Config = createToken('Config')
    class Db {
      static inject = [Config]
      async [Symbol.asyncDispose]() {
        order.push('db')
      }
    }
    class Orders {
      static inject = [Db]
      constructor(db) {
        this.db = db
      }
      [Symbol.dispose]() {
        order.push('orders')
      }
    }
    const provider = new ServiceCollection()
      .addSingleton(Config, () => named('config'))
      .addScoped(Db, Db)
      .addTransient(Orders, Orders)
      .build()
    await provider.run(async (services) => {
      await null
      assert.ok(services.get(Orders).db instanceof Db)
    })
    assert.deepEqual(order, ['orders', 'db'])
    await provider.disposeAsync()
    assert.deepEqual(order, ['orders', 'db', 'config'])
    assert.throws(() => provider.get(Config), { code: 'ERR_HOLDFAST_DISPOSED' })
  },

  'a scope that was dropped is disposed of by the collector': async () => {
    class Service {
      constructor() {
        this.probe = new Probe(501)
      }
      [Symbol.dispose]() {
        this.probe.dispose()
      }
    }
    const provider = new ServiceCollection().addScoped(Service, Service).build()
    ;(() => void provider.createScope().get(Service))()
    await collectWithTurns(() => liveHandles() === 0)
    assert.equal(liveHandles('Probe'), 0)
    await provider.disposeAsync()
  },

  'metrics are registered with clients of both sorts': () => {
    const values = new Map()
    let callback
    const meter = {
      createObservableCounter: (name) => name,
      createObservableUpDownCounter: (name) => name,
      addBatchObservableCallback: (added) => {
        callback = added
      },
      removeBatchObservableCallback: () => {
        callback = undefined
      },
    }
    const buffer = new NativeBuffer(77)
    const registration = registerOpenTelemetry(meter)
    callback({
      observe: (instrument, value, attributes) => {
        if (attributes?.kind === 'NativeBuffer') values.set(instrument, value)
      },
    })
    assert.deepEqual([values.get('holdfast.handle.live'), values.get('holdfast.handle.live_bytes')], [1, 77])
    registration.dispose()
    assert.equal(callback, undefined)
    buffer.dispose()
    assert.throws(() => registerPrometheus({}), { code: 'ERR_INVALID_ARG_TYPE' })
  },

  'prom-client shows what is live': async () => {
    const { default: client } = await import('prom-client')
    const buffer = new NativeBuffer(77)
    const registration = registerPrometheus(client)
    const text = await client.register.metrics()
    assert.match(text, /holdfast_handles_live_bytes\{kind="NativeBuffer"\} 77/)
    registration.dispose()
    buffer.dispose()
  },

  'holdfast run records a program, and report makes a page of it': async () => {
    const folder = mkdtempSync(join(tmpdir(), 'holdfast-runtime-'))
    const cli = new URL('../../../dist/cli/holdfast.js', import.meta.url)
    const recording = join(folder, 'recording.hfrec')
    const program = fileURLToPath(new URL('../fixtures/recorded.mjs', import.meta.url))
    try {
      const run = await runScript(cli, 'run', '-o', recording, program)
      assert.deepEqual([run.code, existsSync(recording)], [0, true], `the run ended so: ${JSON.stringify(run)}`)
      const report = await runScript(cli, 'report', recording, '-o', join(folder, 'page.html'))
      assert.equal(report.code, 0, `the report ended so: ${JSON.stringify(report)}`)
      assert.match(report.stdout, /NativeBuffer/)
      assert.ok(statSync(join(folder, 'page.html')).size > 1000)
    } finally {
      rmSync(folder, { recursive: true })
    }
  },

  'holdfast doctor finds the addon': async () => {
    const { code, stdout } = await runScript(new URL('../../../dist/cli/holdfast.js', import.meta.url), 'doctor')
    assert.equal(code, 0, stdout)
  },
}
