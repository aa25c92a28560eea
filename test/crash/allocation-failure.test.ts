import { spawn } from 'node:child_process'
import { EventEmitter, once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { native } from '../../lib/binding.js'
import { GCHandle, handleStatistics, MappedFile, NativeBuffer, SharedMemory, subscribe } from '../../lib/index.js'
import { FakeHandle } from '../support/fake-handle.js'

const sanitized = process.env['HOLDFAST_SANITIZED'] === '1'
const ADDRESS_SPACE_KIB = 6 * 2 ** 20

/** Runs a module in a process that may map 6 GiB and no more. */
async function runInSmallSpace(script: string): Promise<unknown> {
  const command = `ulimit -v ${ADDRESS_SPACE_KIB}; exec "$0" --input-type=module --eval "$1"`
  const child = spawn('sh', ['-c', command, process.execPath, script], {
    cwd: fileURLToPath(new URL('../..', import.meta.url)),
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [output] = await Promise.all([text(child.stdout), once(child, 'close')])
  return JSON.parse(output)
}

// AddressSanitizer itself needs terabytes of address space.
describe.skipIf(sanitized || process.platform === 'win32')('when the system has no more memory', () => {
  it('an allocation throws OutOfMemoryError and leaves the counters as they were', async () => {
    const report = await runInSmallSpace(`
      import { handleStatistics, NativeBuffer } from 'holdfast'
      const kept = new NativeBuffer(3 * 2 ** 30)
      const before = JSON.stringify(handleStatistics().kinds)
      let error
      try { new NativeBuffer(3 * 2 ** 30) } catch (caught) { error = caught }
      const same = JSON.stringify(handleStatistics().kinds) === before
      console.log(JSON.stringify({ code: error?.code, requested: error?.requested, range: error instanceof RangeError, same }))
    `)
    expect(report).toEqual({ code: 'ERR_MEMORY_ALLOCATION_FAILED', requested: 3 * 2 ** 30, range: true, same: true })
  })

  it('what was dropped is collected and released, and the allocation succeeds', async () => {
    const report = await runInSmallSpace(`
      import { handleStatistics, NativeBuffer } from 'holdfast'
      ;(() => { new NativeBuffer(3 * 2 ** 30) })()
      const second = new NativeBuffer(3 * 2 ** 30)
      console.log(JSON.stringify({ size: second.byteLength, finalized: handleStatistics().finalized }))
    `)
    expect(report).toEqual({ size: 3 * 2 ** 30, finalized: 1 })
  })

  it('a map that was dropped makes room for another one, and one that is kept does not', async () => {
    const report = await runInSmallSpace(`
      import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
      import { handleStatistics, MappedFile } from 'holdfast'
      const folder = mkdtempSync('/tmp/holdfast-maps-')
      writeFileSync(folder + '/sparse', '')
      truncateSync(folder + '/sparse', 3 * 2 ** 30)
      ;(() => { MappedFile.open(folder + '/sparse') })()
      const kept = MappedFile.open(folder + '/sparse')
      let error
      try { MappedFile.open(folder + '/sparse') } catch (caught) { error = caught }
      rmSync(folder, { recursive: true })
      console.log(JSON.stringify({ code: error?.code, live: handleStatistics().live, size: kept.byteLength }))
    `)
    expect(report).toEqual({ code: 'ERR_MEMORY_ALLOCATION_FAILED', live: 1, size: 3 * 2 ** 30 })
  })

  it('resize() leaves the buffer as it was', async () => {
    const report = await runInSmallSpace(`
      import { NativeBuffer } from 'holdfast'
      const buffer = new NativeBuffer(3 * 2 ** 30)
      buffer.bytes[0] = 7
      let code
      try { buffer.resize(3 * 2 ** 30 + 1) } catch (error) { code = error.code }
      console.log(JSON.stringify({ code, first: buffer.bytes[0], size: buffer.byteLength }))
    `)
    expect(report).toEqual({ code: 'ERR_MEMORY_ALLOCATION_FAILED', first: 7, size: 3 * 2 ** 30 })
  })
})

const { refuseAllocations } = native as typeof native & { refuseAllocations?: (from: number) => void }

// Only instrumented builds can refuse.
describe.runIf(refuseAllocations !== undefined)('with the n-th request of native code refused', () => {
  const refuse = refuseAllocations as (from: number) => void

  const scenarios: [string, () => void][] = [
    [
      'opening more buffers than a chunk of slots holds',
      () => {
        const open: NativeBuffer[] = []
        try {
          for (let i = 0; i < 1100; i++) open.push(new NativeBuffer(1))
        } finally {
          for (const buffer of open) buffer.dispose()
        }
      },
    ],
    ['opening a small buffer', () => new NativeBuffer(100).dispose()],
    ['opening a large buffer', () => new NativeBuffer(300_000).dispose()],
    [
      'viewing a large buffer',
      () => {
        using buffer = new NativeBuffer(300_000)
        buffer.bytes[0] = 1
      },
    ],
    [
      'resizing',
      () => {
        using buffer = new NativeBuffer(10)
        buffer.resize(200_000)
      },
    ],
    ['opening a handle that JavaScript releases', () => new FakeHandle(1, { byteLength: 10 }).dispose()],
    ['allocating a weak GCHandle', () => GCHandle.alloc({}, 'weak').free()],
    ['subscribing', () => subscribe(new EventEmitter(), 'event', () => {}).dispose()],
    [
      'mapping a file',
      () => {
        using map = MappedFile.open(process.execPath, { length: 5000, advice: 'random' })
        map.bytes[0] = 1
      },
    ],
    ['sharing memory', () => SharedMemory.create(`holdfast-refused-${process.pid}`, 5000).dispose()],
    ['registering a kind', () => new (class extends NativeBuffer {})(1).dispose()],
  ]

  // What is refused may also be a call of the system.
  const codes = ['ERR_MEMORY_ALLOCATION_FAILED', 'EMFILE', 'ENOSPC']

  it.each(scenarios)('%s fails with what was refused or not at all, and counts nothing twice', (_, scenario) => {
    for (let request = 1; ; request++) {
      const before = handleStatistics()
      let failure: unknown
      refuse(request)
      try {
        scenario()
      } catch (error) {
        failure = error
      } finally {
        refuse(-1)
      }
      const after = handleStatistics()
      expect([after.live, after.liveBytes]).toEqual([before.live, before.liveBytes])
      if (failure === undefined) break
      expect(codes).toContain((failure as { code?: string }).code)
      expect(request).toBeLessThan(20_000)
    }
  })
})
