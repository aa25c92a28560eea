import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { runForReport } from '../support/child.js'

// A thread that has dropped handles and opens no more, so that no call of the library notices a collection.

const IMPORTS = `
  import { GC, handleStatistics, liveHandles, NativeBuffer } from 'holdfast'
  import { engineGc, Probe, releaseCounts, report, turns } from './test/support/in-child.mjs'
  const gc = engineGc()
  /** Lets the loop turn until nothing is alive, or for long enough to be sure that something stays. */
  async function turnUntilNothingLives() {
    for (let turn = 0; turn < 300 && liveHandles() > 0; turn++) await turns(1)
  }`

const DROPPED = 400

const dropAndCollect = `
  // Kept until all are open: otherwise a collection on the way would let the next open find some dead.
  let kept = Array.from({ length: 100 }, (_, index) => {
    const viewed = [new NativeBuffer(1000), new NativeBuffer(1000, { alignment: 64 })]
    for (const buffer of viewed) buffer.bytes.fill(1)
    return [...viewed, new NativeBuffer(1000), new Probe(index)]
  })
  kept = undefined
  gc()
  const before = liveHandles()
  await turnUntilNothingLives()`

describe.concurrent('a thread that opens nothing more', () => {
  test('is swept after the engine has collected, without any call', async () => {
    const result = await runForReport(`${IMPORTS}${dropAndCollect}
      report({ before, after: liveHandles(), ...releaseCounts() })`)
    expect(result).toEqual({ before: DROPPED, after: 0, released: 100, moreThanOnce: 0 })
  })

  test('is swept after every collection, not only after the first', async () => {
    const result = await runForReport<number[]>(`${IMPORTS}
      const after = []
      for (let round = 0; round < 4; round++) {
        let kept = Array.from({ length: 100 }, (_, index) => new Probe(100 * round + index))
        kept = undefined
        gc()
        await turnUntilNothingLives()
        after.push(liveHandles())
      }
      report([...after, ...Object.values(releaseCounts())])`)
    expect(result).toEqual([0, 0, 0, 0, 400, 0])
  })

  test('is swept in slices that leave the event loop free, a large table to its end', async () => {
    const result = await runForReport<{ before: number; after: number; turnsTaken: number }>(`${IMPORTS}
      let kept = Array.from({ length: 100_000 }, () => new NativeBuffer(16))
      kept = undefined
      gc()
      const before = liveHandles()
      let turnsTaken = 0
      for (; liveHandles() > 0 && turnsTaken < 20_000; turnsTaken++) await turns(1)
      report({ before, after: liveHandles(), turnsTaken })`)
    expect(result).toMatchObject({ before: 100_000, after: 0 })
    expect(result.turnsTaken).toBeGreaterThan(2)
  })

  test('ends at once, although the sweep is not done', async () => {
    const result = await runForReport(`${IMPORTS}
      let kept = Array.from({ length: 100_000 }, () => new NativeBuffer(16))
      kept = undefined
      gc()
      report('ended')`)
    expect(result).toBe('ended')
  })

  test('is left alone with HOLDFAST_NO_FINALIZATION_REGISTRY=1, until somebody asks', async () => {
    expect(await runForReport(askedAfterwards, { env: { HOLDFAST_NO_FINALIZATION_REGISTRY: '1' } })).toEqual(
      ONLY_WHEN_ASKED,
    )
  })

  test('is left alone under NODE_V8_COVERAGE, with which a registry can hang the process', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'holdfast-coverage-'))
    try {
      expect(await runForReport(askedAfterwards, { env: { NODE_V8_COVERAGE: folder } })).toEqual(ONLY_WHEN_ASKED)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})

const askedAfterwards = `${IMPORTS}${dropAndCollect}
  const after = liveHandles()
  report({ before, after, reclaimed: GC.reclaim(), live: liveHandles(), ...releaseCounts() })`

const ONLY_WHEN_ASKED = {
  before: DROPPED,
  after: DROPPED,
  reclaimed: DROPPED,
  live: 0,
  released: 100,
  moreThanOnce: 0,
}
