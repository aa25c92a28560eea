import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { runChild, runForReport } from '../support/child.js'
import { SANITIZED } from '../support/sanitized.js'

// What the system knows of secrets. That touching them is a fault is tested in C++ (test/native/secret_*): there is no
// way to do that from JavaScript.

const linux = describe.runIf(process.platform === 'linux')

const IMPORTS = `
  import { readFileSync } from 'node:fs'
  import { handleStatistics, liveHandles, SecretBuffer } from 'holdfast'
  import { codeOf, escapes, report, settle } from './test/support/in-child.mjs'
  import { native } from './dist/binding.js'

  /** All mappings of the process, by the system's own account. */
  function mappings() {
    return readFileSync('/proc/self/smaps', 'latin1').split(/^(?=[0-9a-f]+-[0-9a-f]+ )/m).map((text) => {
      const [, from, to, permissions] = /^([0-9a-f]+)-([0-9a-f]+) (....)/.exec(text)
      const flags = /^VmFlags: (.*)$/m.exec(text)?.[1].trim().split(' ') ?? []
      return { from: BigInt('0x' + from), to: BigInt('0x' + to), permissions, flags }
    })
  }
  const pagesAt = (address) => mappings().find(({ from, to }) => from <= address && address < to)
  const permissionsOf = (secret) => pagesAt(secret.dangerousGetHandle())?.permissions ?? 'none'
  /** All that is wiped in forks: nothing but secrets is. What is kept for the next one is given back before. */
  function secretKiB() {
    native.trimMemory()
    const wiped = mappings().filter(({ flags }) => flags.includes('wf'))
    return wiped.reduce((sum, { from, to }) => sum + Number(to - from) / 1024, 0)
  }`

const NO_LOCKS = 'AddressSanitizer makes mlock() do nothing, since its own memory could not be locked'
const FLAGS = SANITIZED ? 'dd wf' : 'lo dd wf'

linux.concurrent('the pages of a secret', () => {
  test('are locked, left out of core dumps and wiped in forks, between two guards, in use or not', async () => {
    const result = await runForReport(`${IMPORTS}
      const secret = new SecretBuffer(5000)
      const address = secret.dangerousGetHandle()
      const seen = []
      const look = () => {
        const { permissions, flags } = pagesAt(address)
        seen.push([permissions, ...['lo', 'dd', 'wf'].filter((flag) => flags.includes(flag))].join(' '))
      }
      look()
      secret.use(look)
      look()
      const end = address + 5000n
      const guards = [pagesAt(end), pagesAt(end - 8192n - 1n)].map(({ permissions }) => permissions)
      report({ seen, guards, ends: end % 4096n === 0n })`)
    expect(result).toEqual({
      seen: [`---p ${FLAGS}`, `rw-p ${FLAGS}`, `---p ${FLAGS}`],
      guards: ['---p', '---p'],
      ends: true,
    })
  })

  test('are protected again whatever the body does', async () => {
    const result = await runForReport(`${IMPORTS}
      const secret = SecretBuffer.from('abc')
      const bodies = {
        returns: () => {},
        throws: () => { throw Object.assign(new Error(), { code: 'THROWN' }) },
        promises: async () => {},
        rejects: async (bytes) => { await undefined; bytes.readUInt8() },
        nests: () => secret.use(() => {}),
        nestsAndThrows: () => secret.use(() => secret.use(bodies.throws)),
        compares: () => { secret.equals(secret) },
      }
      const seen = {}
      for (const [name, body] of Object.entries(bodies)) {
        let inside
        const code = codeOf(() => secret.use((bytes) => {
          const result = body(bytes)
          inside = permissionsOf(secret)
          return result
        }))
        seen[name] = [code, inside, permissionsOf(secret)].join(' ')
      }
      secret.equals(SecretBuffer.from('abc'))
      report({ ...seen, afterwards: permissionsOf(secret) })`)
    expect(result).toEqual({
      returns: 'none rw-p ---p',
      throws: 'THROWN  ---p',
      promises: 'ERR_HOLDFAST_INVALID_OPERATION rw-p ---p',
      rejects: 'ERR_HOLDFAST_INVALID_OPERATION rw-p ---p',
      nests: 'none rw-p ---p',
      nestsAndThrows: 'THROWN  ---p',
      compares: 'none rw-p ---p',
      afterwards: '---p',
    })
  })

  test('stay open until the outermost body ends, also when it has disposed of the secret', async () => {
    const result = await runForReport(`${IMPORTS}
      const secret = SecretBuffer.from('abc')
      const seen = []
      secret.use((bytes) => {
        secret.use(() => seen.push(permissionsOf(secret)))
        seen.push(permissionsOf(secret))
        secret.dispose()
        seen.push(permissionsOf(secret), bytes.toString())
      })
      seen.push(permissionsOf(secret))
      const left = secretKiB()
      report({ seen, last: permissionsOf(secret), left })`)
    expect(result).toEqual({ seen: ['rw-p', 'rw-p', 'rw-p', 'abc', '---p'], last: 'none', left: 0 })
  })

  test('all go back to the system, disposed in use or not', async () => {
    const result = await runForReport(`${IMPORTS}
      const secrets = Array.from({ length: 300 }, (_, index) => new SecretBuffer(index * 100))
      const open = secretKiB()
      for (const [index, secret] of secrets.entries()) {
        secret.use((bytes) => {
          bytes.fill(1)
          if (index % 2 === 0) secret.dispose()
        })
      }
      for (const secret of secrets) secret.dispose()
      report({ many: open >= 300 * 4, left: secretKiB(), live: handleStatistics().live })`)
    expect(result).toEqual({ many: true, left: 0, live: 0 })
  })
})

linux.concurrent('a secret that nobody disposes of', () => {
  test('is given back after it was collected, in a synchronous loop', async () => {
    const result = await runForReport<{ most: number; live: number; left: number; finalized: number }>(`${IMPORTS}
      let most = 0
      for (let count = 0; count < 20_000; count++) {
        SecretBuffer.from([1, 2, 3])
        most = Math.max(most, liveHandles('SecretBuffer'))
      }
      await settle()
      const { live, finalized } = handleStatistics()
      report({ most, live, finalized, left: secretKiB() })`)
    expect(result).toMatchObject({ live: 0, finalized: 20_000, left: 0 })
    expect(result.most).toBeLessThan(20_000)
  })

  test('is given back when its worker ends, in whatever way, also in the middle of a body', async () => {
    const result = await runForReport(`${IMPORTS}
      import { Worker } from 'node:worker_threads'
      const lives = {
        'open at the end': '',
        'in use at the end': 'secret.use(() => process.exit(0))',
        'in use when something throws': 'secret.use(() => { throw new Error() })',
        'in use when terminated': 'secret.use(() => { parentPort.postMessage(0); for (;;); })',
        'moved away': "const reader = new ReadableStream({ type: 'bytes' }).getReader({ mode: 'byob' }); " +
          'secret.use((bytes) => void reader.read(new Uint8Array(bytes.buffer))); process.exit(0)',
      }
      const left = {}
      for (const [name, life] of Object.entries(lives)) {
        const worker = new Worker(
          "import { SecretBuffer } from 'holdfast'; import { parentPort } from 'node:worker_threads'; " +
          "const secret = globalThis.kept = SecretBuffer.from('abc'); new SecretBuffer(9000).use((bytes) => bytes.fill(1)); " + life,
          { eval: true, execArgv: ['--input-type=module'] },
        )
        worker.on('error', () => {})
        worker.on('message', () => worker.terminate())
        await new Promise((resolve) => worker.on('exit', resolve))
        left[name] = secretKiB()
      }
      report(left)`)
    expect(result).toEqual({
      'open at the end': 0,
      'in use at the end': 0,
      'in use when something throws': 0,
      'in use when terminated': 0,
      'moved away': 0,
    })
  })
})

linux.concurrent('a secret whose memory was moved into another ArrayBuffer in use()', () => {
  test.for([
    ['transfer', 'transfer' in ArrayBuffer.prototype],
    ['byob', true],
  ] as const)(
    'by %s stays readable there, is used no more, and goes with its last alias',
    async ([way, here], context) => {
      context.skip(!here, `this runtime has no ${way}`)
      const result = await runForReport(`${IMPORTS}
      async function move(end) {
        const secret = SecretBuffer.from('abc')
        const refusals = []
        // In an array, or use() would refuse it.
        const [moved] = secret.use((bytes) => {
          const promise = escapes.${way}(bytes.buffer)
          refusals.push(bytes.length, codeOf(() => secret.use(() => {})))
          return [promise]
        })
        refusals.push(codeOf(() => secret.use(() => {})), codeOf(() => secret.equals(secret)))
        end(secret)
        const alias = await moved
        const text = Buffer.from(alias).toString()
        alias.fill(1)
        return { refusals, text, alias: alias.length, closed: secret.isClosed, liveBytes: handleStatistics().liveBytes }
      }
      const disposed = await move((secret) => secret.dispose())
      await settle()
      const dropped = await move(() => {})
      await settle()
      const { live, liveBytes } = handleStatistics()
      report({ disposed, dropped, live, liveBytes, left: secretKiB() })`)
      const refused = 'ERR_HOLDFAST_INVALID_OPERATION'
      const moved = { refusals: [0, refused, refused, refused], text: 'abc', alias: 3, liveBytes: 3 }
      expect(result).toEqual({
        disposed: { ...moved, closed: true },
        dropped: { ...moved, closed: false },
        live: 0,
        liveBytes: 0,
        left: 0,
      })
    },
  )
})

test('on a runtime that refuses external ArrayBuffers only use() is refused', async () => {
  const result = await runForReport(
    `
    import { SecretBuffer } from 'holdfast'
    import { codeOf, report } from './test/support/in-child.mjs'
    const secret = SecretBuffer.from('abc')
    const results = [secret.equals(Buffer.from('abc')), secret.equals(SecretBuffer.from('abd'))]
    let ran = false
    const code = codeOf(() => secret.use(() => { ran = true }))
    const empty = new SecretBuffer(0).use((bytes) => bytes.length)
    secret.dispose()
    report({ results, code, ran, empty, closed: secret.isClosed })`,
    { env: { HOLDFAST_NO_EXTERNAL_BUFFERS: '1' } },
  )
  expect(result).toEqual({
    results: [true, false],
    code: 'ERR_HOLDFAST_INVALID_OPERATION',
    ran: false,
    empty: 0,
    closed: true,
  })
})

test('the process ends well in the middle of a body', async () => {
  const result = await runChild(`
    import { SecretBuffer } from 'holdfast'
    globalThis.kept = SecretBuffer.from('abc')
    kept.use(() => kept.use(() => process.exit(3)))`)
  expect(result).toEqual({ code: 3, signal: null, stdout: '', stderr: '' })
})

const LOCKED_KIB = 64

/** Runs a module in a process without privileges that may lock 64 KiB. */
async function runWithFewLocked(script: string): Promise<unknown> {
  const command = `ulimit -l ${LOCKED_KIB}; exec "$0" --input-type=module --eval "$1"`
  const asNobody = 'if (process.getuid() === 0) process.setuid(65534)\n'
  const child = spawn('sh', ['-c', command, process.execPath, `${IMPORTS}\n${asNobody}${script}`], {
    cwd: fileURLToPath(new URL('../..', import.meta.url)),
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [output] = await Promise.all([text(child.stdout), once(child, 'close')])
  return JSON.parse(output)
}

linux('in a process that may lock 64 KiB', () => {
  test('the secret that is too many is refused with what to do, and there is room again after a dispose()', async (context) => {
    context.skip(SANITIZED, NO_LOCKS)
    const result = await runWithFewLocked(`
      const secrets = []
      let error
      try {
        while (secrets.length < 1000) secrets.push(new SecretBuffer(1))
      } catch (caught) {
        error = caught
      }
      const { code, errno, syscall, message } = error
      const whileFull = codeOf(() => new SecretBuffer(1))
      const many = secrets.length
      for (const secret of secrets) secret.dispose()
      const again = codeOf(() => new SecretBuffer(60_000))
      report({ many, name: error.name, code, errno, syscall, says: message.includes('ulimit -l'), whileFull, again })`)
    expect(result).toEqual({
      many: LOCKED_KIB / 4,
      name: 'SystemError',
      code: 'ENOMEM',
      errno: -12,
      syscall: 'mlock',
      says: true,
      whileFull: 'ENOMEM',
      again: 'none',
    })
  })

  test('dropped secrets are collected to make room', async (context) => {
    context.skip(SANITIZED, NO_LOCKS)
    const result = await runWithFewLocked(`
      let most = 0
      for (let count = 0; count < 1000; count++) {
        SecretBuffer.from([count & 255])
        most = Math.max(most, liveHandles('SecretBuffer'))
      }
      report({ few: most <= ${LOCKED_KIB / 4}, opened: handleStatistics().opened })`)
    expect(result).toEqual({ few: true, opened: 1000 })
  })
})
