import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

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
