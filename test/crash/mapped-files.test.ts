import { describe, expect, test } from 'vitest'
import { runChild, runForReport } from '../support/child.js'
import { SANITIZED } from '../support/sanitized.js'

// A file that changes under its map, and signals that look like it.

const PAGES = 1024
const INVALID = 'ERR_HOLDFAST_INVALID_OPERATION'

const IMPORTS = `
  import { mkdtempSync, openSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
  import { MappedFile, GC, liveHandles } from 'holdfast'
  import { codeOf, report, say, settle } from './test/support/in-child.mjs'
  const folder = mkdtempSync('/tmp/holdfast-maps-')
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
  const file = folder + '/mapped'
  writeFileSync(file, Buffer.alloc(1e6, 1))
  const maps = () => readFileSync('/proc/self/maps', 'utf8').split('\\n').filter((line) => line.includes(folder)).length`

describe.concurrent.each(['r', 'r+'])('while a worker reads a file that is mapped in mode %s,', (mode) => {
  const change = (what: string) =>
    runForReport(new URL('./fixtures/map-reader.mjs', import.meta.url), { args: [what, mode] })
  const closed = { length: 0, live: 0 }

  test.each([
    ['shrink', PAGES - Math.ceil(100_000 / 4096)],
    ['empty', PAGES],
  ])('another thread may %s it: what is gone reads as zeros', async (what, zeros) => {
    expect(await change(what)).toEqual({
      main: { zeros, truncated: true },
      inWorker: { zeros, truncated: true, refusal: INVALID, ...closed },
    })
  })

  test.each(['replace', 'delete'])('another thread may %s it: the map has the old file, whole', async (what) => {
    expect(await change(what)).toEqual({
      main: { zeros: 0, truncated: false },
      inWorker: { zeros: 0, truncated: false, refusal: 'none', ...closed },
    })
  })
})

describe.concurrent('a SIGBUS that is not ours', () => {
  test('still ends the process, when it is sent', async (context) => {
    context.skip(SANITIZED, 'the sanitizer has the signal before us, and reports it')
    const result = await runChild(`${IMPORTS}
      const map = MappedFile.open(file)
      rmSync(folder, { recursive: true })
      process.kill(process.pid, 'SIGBUS')
      setInterval(() => {}, 1000)`)
    expect(result.signal).toBe('SIGBUS')
  })

  test('still reaches a listener that was there before', async () => {
    expect(
      await runForReport(`${IMPORTS}
        const caught = new Promise((resolve) => process.on('SIGBUS', resolve))
        const { bytes } = MappedFile.open(file)
        const alive = setInterval(() => {}, 1000)
        process.kill(process.pid, 'SIGBUS')
        const signal = await caught
        clearInterval(alive)
        truncateSync(file, 0)
        report({ signal, byte: bytes[5000] })`),
    ).toEqual({ signal: 'SIGBUS', byte: 0 })
  })

  test('does not disturb maps that are opened after a listener has come and gone', async () => {
    expect(
      await runForReport(`${IMPORTS}
        MappedFile.open(file).dispose()
        const listener = () => {}
        process.on('SIGBUS', listener)
        process.off('SIGBUS', listener)
        const { bytes } = MappedFile.open(file)
        truncateSync(file, 0)
        report({ byte: bytes[5000] })`),
    ).toEqual({ byte: 0 })
  })
})

describe.concurrent('maps that nobody disposed', () => {
  test('come back in a loop that never yields, and their views with the event loop', async () => {
    const { most, views, left } = await runForReport<{ most: number; views: number; left: number }>(`${IMPORTS}
      let most = 0
      for (let opened = 0; opened < 20_000; opened++) {
        MappedFile.open(file, { length: 65_536 })
        if (opened % 500 === 0) most = Math.max(most, maps())
      }
      for (let opened = 0; opened < 100; opened++) MappedFile.open(file).bytes[0]
      const views = maps()
      await settle()
      report({ most, views, left: maps() })`)
    expect(most).toBeLessThan(10_000)
    expect(views).toBeGreaterThan(0)
    expect(left).toBe(0)
  })

  test('are kept by their views', async () => {
    expect(
      await runForReport(`${IMPORTS}
        const { bytes } = MappedFile.open(file)
        const part = bytes.subarray(10)
        await settle()
        report({ byte: part[0], live: liveHandles() })`),
    ).toEqual({ byte: 1, live: 1 })
  })

  test('go with a worker that is terminated while it flushes', async () => {
    expect(
      await runForReport(`${IMPORTS}
        import { Worker } from 'node:worker_threads'
        const before = readdirSync('/proc/self/fd').length
        const worker = new Worker(\`
          import { parentPort, workerData } from 'node:worker_threads'
          import { MappedFile } from 'holdfast'
          const map = MappedFile.open(workerData, { mode: 'r+' })
          map.bytes.fill(2)
          for (;;) { const flushed = map.flushAsync(); parentPort.postMessage(1); await flushed }\`,
          { eval: true, workerData: file })
        await new Promise((resolve) => worker.once('message', resolve))
        await worker.terminate()
        report({ maps: maps(), flushed: readFileSync(file)[5] })`),
    ).toEqual({ maps: 0, flushed: 2 })
  })
})

test('when no descriptor is left, what is unreachable is released first, and then the error says so', async () => {
  expect(
    await runForReport(`${IMPORTS}
      import { closeSync } from 'node:fs'
      const taken = []
      // Nothing that the library could release holds one.
      for (;;) {
        try { taken.push(openSync(file)) } catch { break }
      }
      const refused = codeOf(() => MappedFile.open(file))
      closeSync(taken.pop())
      const { length } = MappedFile.open(file).bytes
      for (const fd of taken) closeSync(fd)
      report({ refused, length })`),
  ).toEqual({ refused: 'EMFILE', length: 1e6 })
})
