import { describe, expect, test } from 'vitest'
import { runForReport } from '../support/child.js'
import { skipWhenSanitized } from '../support/sanitized.js'

// The memory under a view can move into another ArrayBuffer without a trace, by transfer() and by a byte
// stream that reads into it. It must live as long as that one, and be nobody else's.

const KIB = 1024

const BLOCKS = [
  { block: 'a block of the engine, 4 KiB', byteLength: 4 * KIB, options: {}, external: false },
  {
    block: 'an external block, 4 KiB with a stated alignment',
    byteLength: 4 * KIB,
    options: { alignment: 64 },
    external: true,
  },
  { block: 'an external block, 256 KiB', byteLength: 256 * KIB, options: {}, external: true },
]

const WAYS = [
  { way: 'transfer', name: 'ArrayBuffer.prototype.transfer()', here: 'transfer' in ArrayBuffer.prototype },
  { way: 'byob', name: 'a BYOB stream read', here: true },
]

const IMPORTS = `
  import { GC, handleStatistics, liveHandles, NativeBuffer } from 'holdfast'
  import { codeOf, escapes, report, residentMiB, settle } from './test/support/in-child.mjs'`

for (const { block, byteLength, options, external } of BLOCKS) {
  describe.concurrent(block, () => {
    const open = `new NativeBuffer(${byteLength}, ${JSON.stringify(options)})`

    for (const { way, name, here } of WAYS) {
      describe(`moved by ${name}`, () => {
        const runEscape = (fate: string) =>
          runForReport(new URL('./fixtures/escape.mjs', import.meta.url), {
            args: [String(byteLength), JSON.stringify(options), way, fate],
          })
        const unshared = { aliasChanged: 0, othersChanged: 0, live: 0, heldBytes: external ? byteLength : 0 }

        test('stays readable and unshared under 10,000 later buffers, after dispose()', async (context) => {
          context.skip(!here, `this runtime has no ${name}`)
          expect(await runEscape('dispose')).toEqual({ ...unshared, disposed: 1, finalized: 0 })
        })

        test('stays readable and unshared under 10,000 later buffers, after its buffer was collected', async (context) => {
          context.skip(!here, `this runtime has no ${name}`)
          expect(await runEscape('collect')).toEqual({ ...unshared, disposed: 0, finalized: 1 })
        })

        test('goes with its last alias, whether that is dropped before or after the buffer is disposed', async (context) => {
          context.skip(!here, `this runtime has no ${name}`)
          const result = await runForReport(`${IMPORTS}
        const bytesNow = () => handleStatistics().liveBytes
        async function disposeFirst() {
          const buffer = ${open}
          const alias = await escapes.${way}(buffer.arrayBuffer)
          buffer.dispose()
          await settle()
          return [bytesNow(), alias.length]
        }
        async function dropFirst() {
          const buffer = ${open}
          await escapes.${way}(buffer.arrayBuffer)
          await settle()
          const before = bytesNow()
          buffer.dispose()
          return [before, bytesNow()]
        }
        const held = await disposeFirst()
        await settle()
        const left = bytesNow()
        report({ held, left, dropped: await dropFirst(), live: liveHandles() })`)
          expect(result).toEqual({
            held: [external ? byteLength : 0, byteLength],
            left: 0,
            dropped: [byteLength, 0],
            live: 0,
          })
        })

        test('leaves a buffer that refuses to be used, and that closes silently', async (context) => {
          context.skip(!here, `this runtime has no ${name}`)
          const result = await runForReport(`${IMPORTS}
        const buffer = ${open}
        const alias = await escapes.${way}(buffer.arrayBuffer)
        const refusals = [codeOf(() => buffer.address), codeOf(() => buffer.resize(100))]
        const dispose = codeOf(() => buffer.dispose())
        report({ refusals, dispose, closed: buffer.isClosed, live: liveHandles(), alias: alias.length })`)
          expect(result).toEqual({
            refusals: ['ERR_HOLDFAST_INVALID_OPERATION', 'ERR_HOLDFAST_INVALID_OPERATION'],
            dispose: 'none',
            closed: true,
            live: 0,
            alias: byteLength,
          })
        })

        test('leaves a buffer whose lease, given or refused, does not keep it open for ever', async (context) => {
          context.skip(!here, `this runtime has no ${name}`)
          const result = await runForReport(`${IMPORTS}
        const buffer = ${open}
        await escapes.${way}(buffer.arrayBuffer)
        codeOf(() => buffer.lease().dispose())
        buffer.dispose()
        report({ closed: buffer.isClosed, live: liveHandles() })`)
          expect(result).toEqual({ closed: true, live: 0 })
        })
      })
    }
  })
}

test('the memory of 1,000 escaped blocks of 1 MiB goes back to the system when their aliases are dropped', async (context) => {
  skipWhenSanitized(context)
  const { done, mostMiB } = await runForReport<{ done: number; mostMiB: number }>(`${IMPORTS}
    let done = 0
    let mostMiB = 0
    // Stops when it has failed, before the machine is out of memory.
    while (done < 1000 && mostMiB < 600) {
      const buffer = new NativeBuffer(2 ** 20)
      const alias = await escapes.byob(buffer.arrayBuffer)
      alias.fill(1)
      buffer.dispose()
      if (++done % 50 > 0) continue
      await settle()
      mostMiB = Math.max(mostMiB, residentMiB())
    }
    report({ done, mostMiB })`)
  expect(done).toBe(1000)
  expect(mostMiB).toBeLessThan(300)
})

describe.concurrent('a view keeps the memory of its buffer, when nothing else does', () => {
  test.each([
    ['bytes', 8, '({ bytes }) => bytes'],
    ['bytes', 256 * KIB, '({ bytes }) => bytes'],
    ['arrayBuffer', 8, '({ arrayBuffer }) => new Uint8Array(arrayBuffer)'],
    ['arrayBuffer', 256 * KIB, '({ arrayBuffer }) => new Uint8Array(arrayBuffer)'],
    ['view()', 8, '(buffer) => buffer.view(Uint8Array, 1, 5)'],
    ['view()', 256 * KIB, '(buffer) => buffer.view(Uint8Array, 1, 5)'],
    ['a subarray of bytes', 256 * KIB, '({ bytes }) => bytes.subarray(100, 101)'],
  ])('%s of %i bytes, through collections and later buffers', async (_title, byteLength, take) => {
    const result = await runForReport(`${IMPORTS}
      const take = ${take}
      function open() {
        const buffer = new NativeBuffer(${byteLength})
        buffer.bytes.fill(0xa1)
        return take(buffer)
      }
      let view = open()
      const { length } = view
      let changed = 0
      for (let round = 0; round < 5; round++) {
        await settle()
        for (let count = 0; count < 200; count++) {
          const other = new NativeBuffer(${byteLength})
          other.bytes.fill(count & 0x7f)
          other.dispose()
        }
        if (!view.every((byte) => byte === 0xa1)) changed++
      }
      const whileHeld = { changed, sameLength: view.length === length, live: liveHandles() }
      view = undefined
      await settle()
      report({ whileHeld, live: liveHandles() })`)
    expect(result).toEqual({ whileHeld: { changed: 0, sameLength: true, live: 1 }, live: 0 })
  })
})
