import { describe, expect, test } from 'vitest'
import { runChild, runForReport } from '../support/child.js'
import { skipWhenSanitized } from '../support/sanitized.js'

// Some runtimes refuse ArrayBuffers over memory that is not the engine's. Everything has to work there, with
// memory of the engine. The switch pretends that this runtime is one of them; each test runs without it too.

const KIB = 1024

const RUNTIMES = [
  { runtime: 'on a runtime that refuses external ArrayBuffers', env: { HOLDFAST_NO_EXTERNAL_BUFFERS: '1' } },
  { runtime: 'on a runtime that allows them', env: {} },
]

const IMPORTS = `
  import { GC, handleStatistics, liveHandles, NativeBuffer } from 'holdfast'
  import { codeOf, peek, releaseCounts, report, residentMiB, settle } from './test/support/in-child.mjs'`

for (const { runtime, env } of RUNTIMES) {
  describe.concurrent(runtime, () => {
    test('the address is where the bytes are, and as aligned as was asked for, whichever is taken first', async () => {
      const wrong = await runForReport(
        `${IMPORTS}
        const wrong = []
        for (const size of [0, 1, 100, 4096, 65536, 65537, 262144, 3000000]) {
          for (const alignment of [undefined, 1, 16, 32, 64, 4096, 65536, 2 ** 21]) {
            for (const first of ['address', 'bytes']) {
              const buffer = new NativeBuffer(size, alignment === undefined ? {} : { alignment })
              void buffer[first]
              const { bytes, address } = buffer
              const mark = 'at ' + address + ' ' + size
              const fits = mark.length <= size
              if (fits) bytes.write(mark, 'latin1')
              const found = fits ? peek(address, mark.length) : undefined
              const fine =
                bytes.length === size &&
                (alignment === undefined || address % BigInt(alignment) === 0n) &&
                (found === undefined || found === mark) &&
                address === buffer.address
              if (!fine) wrong.push({ size, alignment, first, address: String(address), found, length: bytes.length })
              buffer.dispose()
            }
          }
        }
        report(wrong)`,
        { env },
      )
      expect(wrong).toEqual([])
    })

    test.each([
      ['4 KiB', 4 * KIB, {}],
      ['4 KiB with a stated alignment', 4 * KIB, { alignment: 256 }],
      ['256 KiB', 256 * KIB, {}],
      ['1 MiB with a stated alignment', 1024 * KIB, { alignment: 4096 }],
    ])('every member of a buffer works: %s', async (_title, byteLength, options) => {
      const result = await runForReport(
        `${IMPORTS}
        const size = ${byteLength}
        const buffer = new NativeBuffer(size, ${JSON.stringify(options)})
        const zeroed = buffer.bytes.every((byte) => byte === 0)
        const { arrayBuffer, bytes } = buffer
        const oneArrayBuffer = [bytes, buffer.view(Uint32Array), buffer.view(DataView, 1)].every(
          (view) => view.buffer === arrayBuffer,
        )
        bytes.fill(1)
        buffer.view(Float64Array, 8, 1)[0] = 0.5
        const written = bytes.readDoubleLE(8)
        let chunked = 0
        for (const chunk of buffer.chunks(1000)) chunked += chunk.length
        buffer.resize(2 * size)
        const grown = [buffer.bytes.readDoubleLE(8), buffer.bytes[size - 1], buffer.bytes[size], buffer.bytes.length]
        const oldViews = bytes.length
        buffer.resize(16)
        const shrunk = [buffer.bytes.readDoubleLE(8), buffer.bytes.length]
        const leased = buffer.bytes
        const lease = buffer.lease()
        buffer.dispose()
        const whileLeased = [buffer.isClosed, leased.length]
        lease.dispose()
        const after = [buffer.isClosed, leased.length, codeOf(() => buffer.bytes)]
        const { live, liveBytes } = handleStatistics()
        report({ zeroed, oneArrayBuffer, written, chunked, grown, oldViews, shrunk, whileLeased, after, live, liveBytes })`,
        { env },
      )
      expect(result).toEqual({
        zeroed: true,
        oneArrayBuffer: true,
        written: 0.5,
        chunked: byteLength,
        grown: [0.5, 1, 0, 2 * byteLength],
        oldViews: 0,
        shrunk: [0.5, 16],
        whileLeased: [false, 16],
        after: [true, 0, 'ERR_HOLDFAST_DISPOSED'],
        live: 0,
        liveBytes: 0,
      })
    })

    test('viewed buffers dropped in a synchronous loop stay few, and all are released', async (context) => {
      skipWhenSanitized(context)
      const result = await runForReport<{ opened: number; mostMiB: number; live: number; peakMiB: number }>(
        `${IMPORTS}
        let mostMiB = 0
        for (let count = 1; count <= 20_000 && mostMiB < 1500; count++) {
          const { bytes } = new NativeBuffer(256 * 1024)
          for (let page = 0; page < bytes.length; page += 4096) bytes[page] = 1
          if (count % 500 === 0) mostMiB = Math.max(mostMiB, residentMiB())
        }
        await settle()
        const { opened, live, peakLiveBytes } = handleStatistics()
        report({ opened, live, mostMiB, peakMiB: peakLiveBytes / 2 ** 20 })`,
        { env },
      )
      expect(result).toMatchObject({ opened: 20_000, live: 0 })
      expect(result.mostMiB).toBeLessThan(700)
      expect(result.peakMiB).toBeLessThan(700)
    })

    test('the process ends well with viewed buffers open', async () => {
      const result = await runChild(
        `${IMPORTS}
        globalThis.kept = [100, 4096, 262144].map((size) => new NativeBuffer(size))
        for (const buffer of kept) buffer.bytes.fill(1)
        kept.at(-1).lease()`,
        { env },
      )
      expect(result).toEqual({ code: 0, signal: null, stdout: '', stderr: '' })
    })
  })
}

test('the switch makes even large views memory of the engine, which can be transferred', async () => {
  const result = await runForReport(
    `${IMPORTS}
    const buffer = new NativeBuffer(256 * 1024)
    const moved = structuredClone(buffer.arrayBuffer, { transfer: [buffer.arrayBuffer] })
    report({ left: buffer.bytes.length, moved: moved.byteLength })`,
    { env: { HOLDFAST_NO_EXTERNAL_BUFFERS: '1' } },
  )
  expect(result).toEqual({ left: 0, moved: 256 * KIB })
})

test('memory that lies where the system has put it has no bytes to show there; the rest of it works', async () => {
  const result = await runForReport(
    `import { MappedFile, SharedMemory } from 'holdfast'
    import { codeOf, report } from './test/support/in-child.mjs'
    const memories = [MappedFile.open('package.json'), SharedMemory.create('holdfast-no-views-' + process.pid, 4096)]
    const seen = memories.map((memory) => [codeOf(() => memory.bytes), memory.byteLength > 0])
    for (const memory of memories) memory.dispose()
    report(seen)`,
    { env: { HOLDFAST_NO_EXTERNAL_BUFFERS: '1' } },
  )
  expect(result).toEqual(Array(2).fill(['ERR_HOLDFAST_INVALID_OPERATION', true]))
})
