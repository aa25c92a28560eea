import { Buffer } from 'node:buffer'
import { describe, expect, test } from 'vitest'
import { NativeBuffer, use } from '../../lib/index.js'
import { describeResult, runChild, runForReport } from '../support/child.js'
import { skipWhenSanitized } from '../support/sanitized.js'

// The ways to crash or leak a process from plain JavaScript that were found by measurement. Each test here
// crashes, leaks or fails without the guard it is about.

const KIB = 1024

describe.concurrent('the engine is told of native bytes', () => {
  test.each([1, 2])('and never of fewer than none, whatever happens in whatever order (seed %i)', async (seed) => {
    const fixture = new URL('./fixtures/accounting.mjs', import.meta.url)
    const exact = { lowest: 0, worstImbalance: 0 }
    expect(await runForReport(fixture, { args: [String(seed)] })).toEqual({ main: exact, worker: exact, process: 0 })
  })
})

describe('what must not be detached is left attached', () => {
  const disposeMarked = (byteLength: number, ending: string) => `
    import { markAsUntransferable } from 'node:worker_threads'
    import { NativeBuffer } from 'holdfast'
    import { report, turns } from './test/support/in-child.mjs'
    const buffer = new NativeBuffer(${byteLength})
    const { bytes } = buffer
    bytes.fill(7)
    markAsUntransferable(buffer.arrayBuffer)
    buffer.dispose()
    for (let count = 0; count < 1000; count++) {
      const other = new NativeBuffer(${byteLength})
      other.bytes.fill(9)
      other.dispose()
    }
    await turns(3)
    const intact = bytes.length === 0 || (bytes.length === ${byteLength} && bytes.every((byte) => byte === 7))
    report({ closed: buffer.isClosed, intact })
    ${ending}`

  // Small buffers are the engine's own. An external ArrayBuffer that is marked aborts Node 24 and later in
  // Node's own cleanup at the natural end of the process, whoever made it; process.exit() skips that.
  test.each([
    ['4 KiB', 4 * KIB, ''],
    ['4 KiB, with process.exit()', 4 * KIB, 'process.exit()'],
    ['256 KiB, with process.exit()', 256 * KIB, 'process.exit()'],
  ])(
    'an ArrayBuffer marked as untransferable survives the disposal of its buffer: %s',
    async (_title, size, ending) => {
      expect(await runForReport(disposeMarked(size, ending))).toEqual({ closed: true, intact: true })
    },
  )

  test.each([
    ['of the engine', 4 * KIB, {}],
    ['external', 256 * KIB, {}],
    ['external, with a stated alignment', 4 * KIB, { alignment: 64 }],
  ])('and what is ours is detached: every view of a disposed buffer is empty, %s', (_title, byteLength, options) => {
    const buffer = new NativeBuffer(byteLength, options)
    const { arrayBuffer, bytes } = buffer
    const other = buffer.view(Uint16Array, 8)
    buffer.dispose()
    expect([arrayBuffer.byteLength, bytes.length, other.length]).toEqual([0, 0, 0])
  })

  test('the memory that a buffer was copied from, the pool of Buffer included', () => {
    const pooled = Buffer.from('pooled')
    const own = new Uint8Array([1, 2, 3])
    use([NativeBuffer.from(pooled), NativeBuffer.from(own), NativeBuffer.from(own.buffer)], () => {})
    expect(pooled.toString()).toBe('pooled')
    expect([...own]).toEqual([1, 2, 3])
  })
})

describe('a runtime with an older Node-API than the addon needs', () => {
  test.each(["'8'", "'not a number'", 'undefined'])('is refused before anything is loaded: %s', async (version) => {
    const { loads, error } = await runForReport<{ loads: number; error: string }>(`
      import { writeSync } from 'node:fs'
      let loads = 0
      const { dlopen } = process
      process.dlopen = function (...args) {
        loads++
        return dlopen.apply(this, args)
      }
      Object.defineProperty(process.versions, 'napi', { value: ${version} })
      const error = await import('holdfast').then(() => 'none', (error) => error.message)
      writeSync(1, JSON.stringify({ loads, error }))`)
    expect(loads).toBe(0)
    expect(error).toContain(process.version)
  })
})

describe('an operation of the runtime that still writes into a buffer', () => {
  test('keeps its memory by a lease: dispose() meanwhile releases only when the lease is returned', async () => {
    const result = await runChild(
      `
      import { read } from 'node:fs'
      import { promisify } from 'node:util'
      import { liveHandles, NativeBuffer } from 'holdfast'
      import { report, say } from './test/support/in-child.mjs'
      const size = 256 * 1024
      const buffer = new NativeBuffer(size)
      const { bytes } = buffer
      const lease = buffer.lease()
      const reading = promisify(read)(0, bytes, 0, size, null) // a pool thread waits with the pointer
      buffer.dispose()
      const meanwhile = { disposed: buffer.isDisposed, closed: buffer.isClosed, live: liveHandles(), length: bytes.length }
      const others = Array.from({ length: 100 }, () => new NativeBuffer(size))
      for (const other of others) other.bytes.fill(9)
      say('disposed')
      const { bytesRead } = await reading
      const text = bytes.toString('latin1', 0, bytesRead)
      const overwritten = others.filter((other) => other.bytes.some((byte) => byte !== 9)).length
      for (const other of others) other.dispose()
      lease.dispose()
      const after = { closed: buffer.isClosed, live: liveHandles(), length: bytes.length }
      report({ meanwhile, text, overwritten, after })`,
      { input: { after: 'disposed', text: 'from the other side' } },
    )
    expect(result.stderr, describeResult(result)).toBe('')
    expect(JSON.parse(result.stdout.split('\n')[1] ?? '')).toEqual({
      meanwhile: { disposed: true, closed: false, live: 1, length: 256 * KIB },
      text: 'from the other side',
      overwritten: 0,
      after: { closed: true, live: 0, length: 0 },
    })
    expect(result.code).toBe(0)
  })
})

describe('a length that no ArrayBuffer can have', () => {
  test('never reaches native code, neither of a new buffer nor as a new size', async () => {
    const result = await runForReport(`
      // Between the library and the addon: notes the calls that get a bad length, and does not make them.
      const bad = [2 ** 53, -1, Number.NaN, 1.5, Number.POSITIVE_INFINITY, '8', 8n, null, undefined, {}]
      const reached = []
      const { dlopen } = process
      process.dlopen = function (module, ...rest) {
        dlopen.call(this, module, ...rest)
        for (const [name, original] of Object.entries(module.exports)) {
          module.exports[name] = (...args) => {
            // Native functions may be given undefined where there is nothing to say.
            if (!args.some((arg) => arg !== undefined && bad.includes(arg))) return original(...args)
            reached.push(name)
          }
        }
      }
      const { constants } = await import('node:buffer')
      const { NativeBuffer } = await import('holdfast')
      const { codeOf, report } = await import('./test/support/in-child.mjs')
      bad.push(constants.MAX_LENGTH + 1)
      reached.length = 0 // what was said at the start was no length: that memory has no ceiling
      const buffer = new NativeBuffer(16)
      const codes = bad.map((length) => [codeOf(() => new NativeBuffer(length)), codeOf(() => buffer.resize(length))])
      report({ codes, reached, length: buffer.bytes.length })`)
    const range = ['ERR_OUT_OF_RANGE', 'ERR_OUT_OF_RANGE']
    const type = ['ERR_INVALID_ARG_TYPE', 'ERR_INVALID_ARG_TYPE']
    expect(result).toEqual({
      codes: [range, range, range, range, range, type, type, type, type, type, range],
      reached: [],
      length: 16,
    })
  })

  test('is the first that is refused: the longest buffer is viewed, or cannot be had, without a crash', async () => {
    const outcomes = await runForReport<string[]>(`
      import { constants } from 'node:buffer'
      import { NativeBuffer } from 'holdfast'
      import { report } from './test/support/in-child.mjs'
      report([2 ** 32 - 1, 2 ** 32, 2 ** 32 + 1, 2 ** 40, constants.MAX_LENGTH].map((byteLength) => {
        try {
          const buffer = new NativeBuffer(byteLength, { zeroed: false })
          const { length } = buffer.bytes
          buffer.bytes[length - 1] = 1
          buffer.dispose()
          return length === byteLength ? 'viewed' : 'cut'
        } catch (error) {
          return error.code
        }
      }))`)
    const fine = ['viewed', 'ERR_OUT_OF_RANGE', 'ERR_MEMORY_ALLOCATION_FAILED']
    expect(outcomes.filter((outcome) => !fine.includes(outcome))).toEqual([])
  })
})

describe('one ArrayBuffer per block', () => {
  test.each([
    ['of the engine', 4 * KIB, {}],
    ['external', 256 * KIB, {}],
    ['external, with a stated alignment', 4 * KIB, { alignment: 64 }],
  ])('lies under every view of a buffer: %s', (_title, byteLength, options) => {
    using buffer = new NativeBuffer(byteLength, options)
    const { arrayBuffer } = buffer
    expect(buffer.arrayBuffer).toBe(arrayBuffer)
    expect(buffer.bytes).toBe(buffer.bytes)
    const views = [buffer.bytes, buffer.view(Uint8Array), buffer.view(Float64Array, 8), buffer.view(DataView, 1, 2)]
    for (const view of views) expect(view.buffer).toBe(arrayBuffer)
    for (const chunk of buffer.chunks(1000)) expect(chunk.buffer).toBe(arrayBuffer)
  })

  test('and a resized buffer has another one, while the old one is detached', () => {
    using buffer = new NativeBuffer(256 * KIB)
    const { arrayBuffer } = buffer
    buffer.resize(512 * KIB)
    expect(buffer.arrayBuffer).not.toBe(arrayBuffer)
    expect(buffer.bytes.buffer).toBe(buffer.arrayBuffer)
    expect([arrayBuffer.byteLength, buffer.arrayBuffer.byteLength]).toEqual([0, 512 * KIB])
  })
})

describe('the main thread runs no cleanup when it does not end by itself', () => {
  const open = `
    import { NativeBuffer } from 'holdfast'
    import { Probe } from './test/support/in-child.mjs'
    globalThis.kept = [4096, 262144].flatMap((size) => [new NativeBuffer(size), new NativeBuffer(size)])
    for (const buffer of kept.slice(2)) buffer.bytes.fill(1)
    kept.push(new Probe(1), new Probe(2, 1000), kept[0].lease())`

  test('process.exit() ends silently, with its own code, with handles of both sorts open', async () => {
    const result = await runChild(`${open}\nprocess.exit(7)`)
    expect(result).toEqual({ code: 7, signal: null, stdout: '', stderr: '' })
  })

  test('an uncaught exception ends with nothing but its own message, with handles of both sorts open', async () => {
    const result = await runChild(`${open}\nthrow { toString: () => 'thrown by the program' }`)
    expect(result.code, describeResult(result)).toBe(1)
    expect(result.signal).toBeNull()
    expect(result.stderr).not.toMatch(/warning|fatal|holdfast|abort|segmentation/i)
  })
})

describe('detaching does not run the finalizer of an external ArrayBuffer before the event loop turns', () => {
  test('and yet 100,000 viewed buffers of 128 KiB, disposed in a synchronous loop, hold little memory', async (context) => {
    skipWhenSanitized(context)
    const result = await runForReport<{ done: number; mostMiB: number; live: number; liveBytes: number }>(`
      import { handleStatistics, NativeBuffer } from 'holdfast'
      import { report, residentMiB } from './test/support/in-child.mjs'
      let done = 0
      let mostMiB = 0
      // Stops when it has failed, before the machine is out of memory.
      while (done < 100_000 && mostMiB < 1000) {
        const buffer = new NativeBuffer(128 * 1024, { zeroed: false })
        const { bytes } = buffer
        for (let page = 0; page < bytes.length; page += 4096) bytes[page] = 1
        buffer.dispose()
        if (++done % 1000 === 0) mostMiB = Math.max(mostMiB, residentMiB())
      }
      const { live, liveBytes } = handleStatistics()
      report({ done, mostMiB, live, liveBytes })`)
    expect(result).toMatchObject({ done: 100_000, live: 0, liveBytes: 0 })
    expect(result.mostMiB).toBeLessThan(400)
  })
})
