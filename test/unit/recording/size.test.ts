import { statSync } from 'node:fs'
import { performance } from 'node:perf_hooks'
import { describe, expect, it } from 'vitest'
import { readRecording } from '../../../lib/recording/read-recording.js'
import { RecordingWriter, scratchDirectory } from '../../support/recordings.js'
import { SANITIZED } from '../../support/sanitized.js'

const HANDLES = 1_000_000
const OPEN_AT_ONCE = 5_000

/** Handles of two hundred stacks, closed in no order, at times like those of a busy program. */
function writeMillion(path: string): void {
  const stacks = Array.from({ length: 200 }, (_, s) =>
    Array.from({ length: 12 }, (_, f) => ({
      functionName: `function${s + f}`,
      file: `/app/src/module${(s + f) % 40}.js`,
      line: 10 * s + f,
      column: 1 + (f % 60),
    })),
  )
  const writer = new RecordingWriter(path)
  const encoder = writer.thread(0)
  const open: { id: number; bytes: number }[] = []
  let seed = 1
  const random = () => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0
    return seed / 2 ** 32
  }
  let time = 0
  for (let i = 0; i < HANDLES; i++) {
    time += 0.01 * random()
    const id = (i % OPEN_AT_ONCE) + Math.floor(i / OPEN_AT_ONCE) * 2 ** 32
    const bytes = Math.floor(100_000 * random())
    encoder.open(time, id, i % 3 ? 'NativeBuffer' : 'Db', bytes, stacks[Math.floor(200 * random())])
    open.push({ id, bytes })
    if (open.length > OPEN_AT_ONCE) closeOne(open, Math.floor(open.length * random()))
    if (encoder.length > 8192) writer.flush(0)
  }
  while (open.length > 0) closeOne(open, open.length - 1)
  writer.end({ at: time, exitCode: 0 })

  function closeOne(handles: { id: number; bytes: number }[], index: number): void {
    const last = handles.pop() as { id: number; bytes: number }
    const chosen = handles[index] ?? last
    if (index < handles.length) handles[index] = last
    encoder.close(time, chosen.id, chosen.bytes, 'disposed')
  }
}

describe('a million handles', () => {
  it.skipIf(SANITIZED)('take less than 40 MB and are read within seconds', () => {
    using scratch = scratchDirectory()
    const path = scratch.path('a.hfrec')
    writeMillion(path)
    expect(statSync(path).size).toBeLessThan(40e6)
    const start = performance.now()
    const { total } = readRecording(path)
    expect(performance.now() - start).toBeLessThan(20_000)
    expect(total).toMatchObject({ opened: HANDLES, disposed: HANDLES, live: 0, peakLive: OPEN_AT_ONCE + 1 })
  })
})
