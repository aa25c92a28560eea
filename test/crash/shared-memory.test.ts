import { spawnSync } from 'node:child_process'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { SharedMemory } from '../../lib/index.js'
import { runChild, runForReport } from '../support/child.js'

// A name outlives processes. Whose code still runs at its end takes its names along.

let count = 0
let name: string

beforeEach(() => {
  name = `holdfast-crash-${process.pid}-${++count}`
})
afterEach(() => {
  SharedMemory.unlink(name)
})

const script = (text: string) => `
  import { Worker } from 'node:worker_threads'
  import { GC, SharedMemory } from 'holdfast'
  import { codeOf, report, say, settle } from './test/support/in-child.mjs'
  const name = ${JSON.stringify(name)}
  ${text}`

function exists(): boolean {
  try {
    SharedMemory.open(name).dispose()
    return true
  } catch {
    return false
  }
}

// Its text is a module, as that of the process is.
const inWorker = (end: string) => `
  const worker = new Worker(\`
    import { parentPort } from 'node:worker_threads'
    import { SharedMemory } from 'holdfast'
    globalThis.kept = SharedMemory.create('\${name}', 1000)
    parentPort.postMessage('made')
    ${end}\`, { eval: true })
  worker.on('error', () => {})
  const ended = new Promise((resolve) => worker.on('exit', resolve))
  await new Promise((resolve) => worker.once('message', resolve))`

describe('the name of an owner goes', () => {
  test.each([
    ['by coming to its end', '', 0],
    ['by process.exit()', 'process.exit(3)', 3],
    ['by process.exit() in a callback', 'setImmediate(() => process.exit(3))', 3],
    ['by an uncaught exception', "process.on('uncaughtExceptionMonitor', () => {}); throw new Error('wanted')", 1],
    ['by an unhandled rejection', "Promise.reject(new Error('wanted'))", 1],
    [
      'by a handled SIGTERM',
      "process.on('SIGTERM', () => process.exit(4)); setInterval(() => {}, 1000); process.kill(process.pid, 'SIGTERM')",
      4,
    ],
  ])('with its process, which ends %s', async (_how, end, code) => {
    const result = await runChild(
      script(`const kept = SharedMemory.create(name, 1000); globalThis.kept = kept; ${end}`),
    )
    expect(result.code).toBe(code)
    expect(exists()).toBe(false)
  })

  test.each([
    ['by coming to its end', '', 'await ended'],
    ['by process.exit()', 'process.exit()', 'await ended'],
    ['by an exception', "throw new Error('wanted')", 'await ended'],
    ['by terminate()', 'setInterval(() => {}, 1000)', 'await worker.terminate()'],
  ])('with its worker, which ends %s', async (_how, end, wait) => {
    const seen = await runForReport(
      script(`${inWorker(end)}
        ${wait}
        await new Promise((resolve) => setImmediate(resolve))
        report(codeOf(() => SharedMemory.open(name)))`),
    )
    expect(seen).toBe('ENOENT')
  })

  test('with its process, also when that ends while the worker that made it runs on', async () => {
    const result = await runChild(script(`${inWorker('setInterval(() => {}, 1000)')}\nprocess.exit(3)`))
    expect(result.code).toBe(3)
    expect(exists()).toBe(false)
  })

  test('when the object was collected', async () => {
    const seen = await runForReport(
      script(`
        ;(() => { SharedMemory.create(name, 1000).bytes.fill(1) })()
        await settle()
        report(codeOf(() => SharedMemory.open(name)))`),
    )
    expect(seen).toBe('ENOENT')
  })
})

describe('a name stays behind, and can be taken over,', () => {
  test.each(['SIGKILL', 'SIGTERM'])('when its owner is ended by %s, which runs no code', async (signal) => {
    const result = await runChild(
      script(`
        globalThis.kept = SharedMemory.create(name, 1000)
        kept.bytes.fill(9)
        process.kill(process.pid, '${signal}')
        setInterval(() => {}, 1000)`),
    )
    expect(result.signal).toBe(signal)
    using left = SharedMemory.open(name)
    expect(left.bytes[999]).toBe(9)
    expect(() => SharedMemory.create(name, 10)).toThrow(expect.objectContaining({ code: 'EEXIST' }))
    using taken = SharedMemory.create(name, 10, { replace: true })
    expect([taken.byteLength, taken.bytes[0], left.bytes[999]]).toEqual([10, 0, 9])
  })
})

test('an owner whose name was taken over leaves it to the new owner, however it ends', async () => {
  for (const end of ['', 'process.exit(0)']) {
    const child = runChild(
      script(`
        globalThis.kept = SharedMemory.create(name, 1000)
        while (kept.bytes[0] === 0) await new Promise((resolve) => setImmediate(resolve))
        ${end}`),
    )
    while (!exists()) await new Promise((resolve) => setImmediate(resolve))
    using old = SharedMemory.open(name)
    using taken = SharedMemory.create(name, 10, { replace: true })
    old.bytes[0] = 1
    expect((await child).code).toBe(0)
    expect(exists()).toBe(true)
    taken.dispose()
    expect(exists()).toBe(false)
  }
})

test('two processes exchange bytes', async () => {
  using shared = SharedMemory.create(name, 2 ** 20)
  shared.bytes.write('from the parent', 5000)
  const seen = await runForReport(
    script(`
      const shared = SharedMemory.open(name)
      const seen = shared.bytes.toString('latin1', 5000, 5015)
      shared.bytes.write('from the child', 2 ** 20 - 14)
      const { byteLength, isOwner } = shared
      shared.dispose()
      report({ seen, byteLength, isOwner })`),
  )
  expect(seen).toEqual({ seen: 'from the parent', byteLength: 2 ** 20, isOwner: false })
  expect(shared.bytes.toString('latin1', 2 ** 20 - 14)).toBe('from the child')
  expect(exists()).toBe(true)
})

test('more than there is room for is ENOSPC at the creation, and leaves no name', (context) => {
  // With shared memory of its own, of 1 MiB.
  const inSmallRoom = (command: string, ...args: string[]) =>
    spawnSync(
      'unshare',
      ['-m', 'sh', '-c', 'mount -t tmpfs -o size=1m tmpfs /dev/shm && exec "$0" "$@"', command, ...args],
      {
        encoding: 'utf8',
      },
    )
  context.skip(inSmallRoom('true').status !== 0, 'nothing may be mounted here')
  const { stdout } = inSmallRoom(
    process.execPath,
    '--input-type=module',
    '--eval',
    script(`
      const code = codeOf(() => SharedMemory.create(name, 2e6))
      const left = SharedMemory.unlink(name)
      const smaller = SharedMemory.create(name, 9e5)
      smaller.bytes.fill(1)
      report({ code, left, last: smaller.bytes.at(-1) })`),
  )
  expect(JSON.parse(stdout)).toEqual({ code: 'ENOSPC', left: false, last: 1 })
})
