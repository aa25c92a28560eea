import { describe, expect, test } from 'vitest'
import { type ChildResult, runChild } from '../support/child.js'

// How processes end that run a host. They send the signals to themselves: like those from outside they arrive in a
// later turn of the event loop.

const SIGNALS = ['SIGINT', 'SIGTERM'] as const

const PROGRAM = `
  import { once } from 'node:events'
  import { liveHandles } from 'holdfast'
  import { BackgroundService, createHost, ScopedBackgroundService, ServiceCollection } from 'holdfast/hosting'
  import { say, turns } from './test/support/in-child.mjs'

  const send = (signal) => process.kill(process.pid, signal)
  const listeners = () => process.listenerCount('SIGINT') + process.listenerCount('SIGTERM')
  const never = () => new Promise(() => {})
  const untilAborted = (signal) => new Promise((resolve) => signal.addEventListener('abort', resolve))
  const failsToStart = { start() { throw new Error('not started') }, stop() {} }

  class Quiet {
    start() { say('starts') }
    stop() { say('stops') }
    [Symbol.dispose]() { say('disposed') }
  }
  class Failing extends BackgroundService {
    async execute() { throw new Error('the work failed') }
  }
  class Stubborn extends BackgroundService {
    execute() {
      say('executes')
      return never()
    }
  }
  class Hourly extends ScopedBackgroundService {
    interval = 3_600_000
    async iterate() { say('iterates') }
  }
  const hostOf = (services, options) => {
    const collection = new ServiceCollection()
    for (const service of services) collection.addHostedService(service)
    return createHost(collection, options)
  }
  /** When the program does nothing but wait. It does not keep it from ending before. */
  const whenIdle = (action) => setTimeout(() => turns(3).then(action), 50).unref()
`

function run(text: string): Promise<ChildResult> {
  return runChild(`${PROGRAM}\n${text}`)
}

const ended = (...lines: string[]) => ({
  code: 0,
  signal: null,
  stderr: '',
  stdout: lines.map((one) => `${one}\n`).join(''),
})

describe.concurrent('a process that runs a host', () => {
  for (const signal of SIGNALS) {
    test(`ends by itself with code 0 after ${signal}, stopped and disposed, without listeners and scopes`, async () => {
      const result = await run(`
        const host = hostOf([Quiet, Hourly])
        whenIdle(() => {
          say('listeners: ' + listeners())
          send('${signal}')
        })
        await host.run()
        say('listeners: ' + listeners() + ', scopes: ' + liveHandles('ServiceScope'))`)
      expect(result).toEqual(
        ended('starts', 'iterates', 'listeners: 2', 'stops', 'disposed', 'listeners: 0, scopes: 0'),
      )
    })

    test(`gives a start up that is under way when ${signal} comes, and ends with code 0`, async () => {
      const result = await run(`
        const slow = { start: untilAborted, stop() { say('slow stops') } }
        whenIdle(() => send('${signal}'))
        await hostOf([Quiet, () => slow, Stubborn]).run()`)
      expect(result).toEqual(ended('starts', 'slow stops', 'stops', 'disposed'))
    })
  }

  for (const [first, second] of [
    ['SIGINT', 'SIGINT'],
    ['SIGTERM', 'SIGTERM'],
    ['SIGTERM', 'SIGINT'],
  ] as const) {
    test(`that stops because of ${first} is ended by ${second}`, async () => {
      const result = await run(`
        const impatient = { start() {}, stop() { send('${second}'); return never() } }
        whenIdle(() => send('${first}'))
        await hostOf([Quiet, () => impatient]).run()`)
      expect(result).toEqual({ code: null, signal: second, stdout: 'starts\n', stderr: '' })
    })
  }

  test('is ended by a second signal also while it disposes of services', async () => {
    const result = await run(`
      class Slow extends Quiet {
        [Symbol.asyncDispose]() { send('SIGTERM'); return never() }
      }
      whenIdle(() => send('SIGINT'))
      await hostOf([Slow]).run()`)
    expect(result).toEqual({ code: null, signal: 'SIGTERM', stdout: 'starts\nstops\n', stderr: '' })
  })

  test('ends well when the first signal comes after the stop has begun', async () => {
    const result = await run(`
      const stopping = { start() {}, async stop() { send('SIGTERM'); await once(process, 'SIGTERM'); await turns(2) } }
      const host = hostOf([Quiet, () => stopping])
      whenIdle(() => host.stop())
      await host.run()`)
    expect(result).toEqual(ended('starts', 'stops', 'disposed'))
  })

  test('leaves the listeners of the program alone', async () => {
    const result = await run(`
      process.on('SIGTERM', () => say('a listener'))
      const twice = { start() {}, async stop() { send('SIGTERM'); await once(process, 'SIGTERM') } }
      whenIdle(() => send('SIGTERM'))
      await hostOf([() => twice]).run()
      say('listeners: ' + listeners())`)
    expect(result).toEqual(ended('a listener', 'a listener', 'listeners: 1'))
  })

  test('stays alive while it waits, although nothing else keeps it, until it is stopped', async () => {
    const result = await run(`
      const host = hostOf([Quiet])
      whenIdle(() => host.stop())
      await host.run()
      say('ended')`)
    expect(result).toEqual(ended('starts', 'stops', 'disposed', 'ended'))
  })

  test('stays alive while a start and a stop go on that hold nothing', async () => {
    const result = await run(`
      const slow = { start: () => new Promise((resolve) => whenIdle(resolve)) }
      slow.stop = slow.start
      const host = hostOf([() => slow, Quiet])
      whenIdle(() => setImmediate(() => host.stop()))
      await host.run()`)
    expect(result).toMatchObject({ code: 0, stderr: '' })
  })

  test('ends with code 1 and the name of the service that does not stop in time', async () => {
    const result = await run(`
      whenIdle(() => send('SIGTERM'))
      await hostOf([Quiet, Stubborn], { shutdownTimeoutMs: 50 }).run()`)
    expect(result).toMatchObject({ code: 1, signal: null, stdout: 'starts\nexecutes\nstops\ndisposed\n' })
    expect(result.stderr).toMatch(/ERR_HOLDFAST_INVALID_OPERATION/)
    expect(result.stderr).toMatch(/Still running: Stubborn/)
  })

  test('ends with code 1 and the error of a background service', async () => {
    const result = await run('await hostOf([Quiet, Failing]).run()')
    expect(result).toMatchObject({ code: 1, signal: null, stdout: 'starts\nstops\ndisposed\n' })
    expect(result.stderr).toContain('the work failed')
    expect(result.stderr).not.toContain('HOLDFAST_BACKGROUND_ERROR')
  })

  test('ends with code 1 and the error of a start, and without listeners', async () => {
    const result = await run(`
      process.on('exit', () => say('listeners: ' + listeners()))
      await hostOf([Quiet, () => failsToStart]).run()`)
    expect(result).toMatchObject({ code: 1, stdout: 'starts\nstops\ndisposed\nlisteners: 0\n' })
    expect(result.stderr).toContain('not started')
  })

  test('ends with code 1 when nobody waits for run()', async () => {
    const result = await run('hostOf([Failing]).run()')
    expect(result.code).toBe(1)
    expect(result.stderr).toContain('the work failed')
  })
})

describe.concurrent('a process that starts a host, and does not run it', () => {
  test('ends when it has nothing to do', async () => {
    expect(await run('await hostOf([Quiet]).start()')).toEqual(ended('starts'))
  })

  test('does not listen for signals', async () => {
    const result = await run(`
      await hostOf([Quiet, Hourly]).start()
      say('listeners: ' + listeners())
      setTimeout(() => send('SIGTERM'), 50)`)
    expect(result).toMatchObject({ code: null, signal: 'SIGTERM', stdout: 'starts\nlisteners: 0\niterates\n' })
  })

  test('ends at once after the stop, however long intervals and timeouts are', async () => {
    const result = await run(`
      const host = hostOf([Hourly], { shutdownTimeoutMs: 3_600_000 })
      await host.start()
      whenIdle(() => host.stop())`)
    expect(result).toEqual(ended('iterates'))
  })

  test('stays alive until the time for stopping is over', async () => {
    const result = await run(`
      const host = hostOf([Stubborn], { shutdownTimeoutMs: 100 })
      await host.start()
      await turns(1)
      await host.stop().catch(({ code }) => say(code))`)
    expect(result).toEqual(ended('executes', 'ERR_HOLDFAST_INVALID_OPERATION'))
  })

  test('is warned of an error of a background service, and ends with it and code 1 when nobody asks', async () => {
    const result = await run(`
      await hostOf([Quiet, Failing]).start()
      setTimeout(() => say('something else'), 50)`)
    expect(result).toMatchObject({ code: 1, stdout: 'starts\nstops\nsomething else\n' })
    expect(result.stderr).toMatch(/HOLDFAST_BACKGROUND_ERROR.*the work failed/)
  })

  test('ends with code 0 when it has asked for the error of a background service', async () => {
    const result = await run(`
      const host = hostOf([Quiet, Failing])
      await host.start()
      await once(process, 'warning')
      await host.stop().catch(({ message }) => say(message))`)
    expect(result).toMatchObject({ code: 0, stdout: 'starts\nstops\nthe work failed\n' })
  })
})

test('In a worker thread, which gets no signals, run() waits for stop()', async () => {
  const result = await runChild(`
    import { Worker } from 'node:worker_threads'
    import { once } from 'node:events'
    const worker = new Worker(\`
      import { parentPort } from 'node:worker_threads'
      import { createHost, ServiceCollection } from 'holdfast/hosting'
      const host = createHost(new ServiceCollection())
      const run = host.run()
      parentPort.once('message', () => host.stop())
      parentPort.postMessage('runs')
      await run
    \`, { eval: true })
    await once(worker, 'message')
    worker.postMessage('stop')
    const [code] = await once(worker, 'exit')
    console.log(code)`)
  expect(result).toEqual(ended('0'))
})
