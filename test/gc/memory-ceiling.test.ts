import { totalmem } from 'node:os'
import { describe, expect, test } from 'vitest'
import { runChild, runForReport } from '../support/child.js'
import { skipWhenSanitized } from '../support/sanitized.js'

const MIB = 2 ** 20
const CEILING = 512

interface Result {
  resident: number
  most: number
  collections: number
}

function runNearCeiling(loop: string, rounds: number, ceiling: number): Promise<Result> {
  return runForReport<Result>(new URL('./fixtures/near-ceiling.mjs', import.meta.url), {
    args: ['360', loop, String(rounds)],
    env: { HOLDFAST_MEMORY_CEILING: String(ceiling) },
  })
}

describe('a process that holds 360 MiB and drops old buffers of 1 MiB', () => {
  test.for(['sync', 'turns'])('stays below a ceiling of 512 MiB: %s', async (loop, context) => {
    skipWhenSanitized(context)
    const { resident, most, collections } = await runNearCeiling(loop, 40, CEILING * MIB)
    expect(resident).toBeGreaterThan(360)
    expect(most).toBeLessThan(CEILING)
    // 640 were opened: looking is not done for each of them.
    expect(collections).toBeLessThan(160)
  })

  test('passes it where there is no such ceiling', async (context) => {
    skipWhenSanitized(context)
    // Unlimited, as far as this process is concerned.
    const { most } = await runNearCeiling('sync', 20, 2 ** 50)
    expect(most).toBeGreaterThan(CEILING)
  })
})

const SETTINGS = `
  import { GC } from 'holdfast'
  import { report } from './test/support/in-child.mjs'
  report([GC.totalAvailableMemory, GC.highMemoryLoadPercent])`

describe.concurrent('the ceiling', () => {
  test('is the machine, or the container, and 90 % of it', async () => {
    const [bytes, percent] = await runForReport<number[]>(SETTINGS)
    expect(bytes).toBeGreaterThan(0)
    expect(bytes).toBeLessThanOrEqual(totalmem())
    expect(percent).toBe(90)
  })

  test('comes from the environment, and so does the share of it', async () => {
    const env = { HOLDFAST_MEMORY_CEILING: '123456789', HOLDFAST_HIGH_MEMORY_PERCENT: '75' }
    expect(await runForReport(SETTINGS, { env })).toEqual([123456789, 75])
  })

  test.each([
    ['HOLDFAST_MEMORY_CEILING', '512M'],
    ['HOLDFAST_MEMORY_CEILING', '0'],
    ['HOLDFAST_MEMORY_CEILING', '-1'],
    ['HOLDFAST_MEMORY_CEILING', '1e9'],
    ['HOLDFAST_HIGH_MEMORY_PERCENT', '0'],
    ['HOLDFAST_HIGH_MEMORY_PERCENT', '101'],
    ['HOLDFAST_HIGH_MEMORY_PERCENT', 'ninety'],
  ])('%s=%s is warned of once in the process, and ignored', async (name, value) => {
    const { code, stdout, stderr } = await runChild(
      `
      import { once } from 'node:events'
      import { Worker } from 'node:worker_threads'
      import { GC } from 'holdfast'
      const warnings = []
      process.on('warning', (warning) => warnings.push(warning.code))
      const worker = new Worker('import("holdfast")', { eval: true, execArgv: [] })
      await once(worker, 'exit')
      console.log(JSON.stringify([warnings, GC.totalAvailableMemory > 1e6, GC.highMemoryLoadPercent]))`,
      { env: { [name]: value } },
    )
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toEqual([['HOLDFAST_CONFIG'], true, 90])
    expect(stderr.match(/HOLDFAST_CONFIG/g)).toHaveLength(1)
  })
})

describe('GC.highMemoryLoadPercent', () => {
  test('can be set, and holds in every thread', async () => {
    const result = await runForReport(`
      import { once } from 'node:events'
      import { Worker } from 'node:worker_threads'
      import { GC } from 'holdfast'
      import { codeOf, report } from './test/support/in-child.mjs'
      GC.highMemoryLoadPercent = 50
      const worker = new Worker(\`import('holdfast').then(({ GC }) => {
        require('node:worker_threads').parentPort.postMessage(GC.highMemoryLoadPercent)
        GC.highMemoryLoadPercent = 100
      })\`, { eval: true, execArgv: [] })
      const exited = once(worker, 'exit')
      const [inWorker] = await once(worker, 'message')
      await exited
      const refusals = [0, 101, 1.5, NaN, '90', undefined].map((percent) => codeOf(() => {
        GC.highMemoryLoadPercent = percent
      }))
      report([inWorker, GC.highMemoryLoadPercent, ...refusals])`)
    const [range, type] = ['ERR_OUT_OF_RANGE', 'ERR_INVALID_ARG_TYPE']
    expect(result).toEqual([50, 100, range, range, range, range, type, type])
  })
})

// With a collector that finds nothing, a clock that goes on only while everything is collected, and resident
// memory that is what the test says.
const POLICY = `
  let now = 0
  performance.now = () => now
  const forced = { minor: 0, major: 0 }
  globalThis.gc = (options) => {
    forced[options?.type ?? 'major']++
    if (options?.type !== 'minor') now += 100
  }
  const MIB = 2 ** 20
  const { GC, handleStatistics } = await import('holdfast')
  const { Probe, report } = await import('./test/support/in-child.mjs')
  const kept = []
  const open = (mebibytes) => {
    for (let count = 0; count < mebibytes; count++) kept.push(new Probe(kept.length, MIB))
  }
  let otherMemory = 50 * MIB
  process.memoryUsage.rss = () => otherMemory + handleStatistics().liveBytes`

describe.concurrent('a process that only grows', () => {
  test('looks at its memory more often the nearer the ceiling is, but not each time it opens something', async () => {
    const result = await runForReport<Record<'before' | 'near' | 'at' | 'past', { minor: number; major: number }>>(
      `${POLICY}
      const stages = {}
      for (const [stage, mebibytes] of [['before', 9_000], ['near', 180], ['at', 1_000], ['past', 2_000]]) {
        Object.assign(forced, { minor: 0, major: 0 })
        open(mebibytes)
        stages[stage] = { ...forced }
      }
      report(stages)`,
      { env: { HOLDFAST_MEMORY_CEILING: String(10 * 1024 * MIB) } },
    )
    expect(result.before.minor).toBeLessThan(40)
    // Only the first: it has used up its share of the time.
    expect(result.before.major).toBe(1)
    expect(result.near.minor).toBeGreaterThanOrEqual(1)
    expect(result.near.minor).toBeLessThan(5)
    for (const { minor, major } of [result.at, result.past]) {
      expect(major).toBeGreaterThanOrEqual(3)
      expect(major).toBeLessThanOrEqual(minor)
      expect(minor).toBeLessThan(20)
    }
  })

  test('collects everything past GC.highMemoryLoadPercent of the ceiling, also when that was done just now', async () => {
    const forcedAt = (percent: number) =>
      runForReport<[number, number]>(
        `${POLICY}
        GC.highMemoryLoadPercent = ${percent}
        open(40) // the first time it is free: ten times as long must pass until the next
        const before = forced.major
        otherMemory = 300 * MIB
        open(60)
        report([before, forced.major - before])`,
        { env: { HOLDFAST_MEMORY_CEILING: String(512 * MIB) } },
      )
    expect(await forcedAt(90)).toEqual([1, 0])
    expect((await forcedAt(50))[1]).toBeGreaterThanOrEqual(1)
  })

  test('does not collect everything again when resident memory is what the last time left', async () => {
    const result = await runForReport(
      `${POLICY}
      open(500)
      const before = forced.major
      // Blocks that the C heap had ready, or that nobody has touched.
      process.memoryUsage.rss = () => 556 * MIB
      open(500)
      const first = forced.major - before
      open(1000)
      report([first, forced.major - before - first])`,
      { env: { HOLDFAST_MEMORY_CEILING: String(560 * MIB) } },
    )
    expect(result).toEqual([1, 0])
  })
})
