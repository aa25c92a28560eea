import { describe, expect, test } from 'vitest'
import { runForReport } from '../support/child.js'

// A thread is terminated at any place: by worker.terminate(), after which it runs nothing more, and by the time limit
// of node:vm, after which it goes on. Neither lets a `finally` run.

const IMPORTS = `
  import { GC, HandleCollector, handleStatistics, liveHandles, NativeBuffer } from 'holdfast'
  import { createContext, runInContext } from 'node:vm'
  import { Finalizable, imbalance, Probe, report, settle, turns } from './test/support/in-child.mjs'
  class Scarce extends Probe {
    static kind = 'Scarce'
    static collector = new HandleCollector('scarce', 1000)
  }
  const OPENERS = [
    () => new Finalizable(1),
    () => new Probe(1),
    () => new Probe(1, 1000),
    () => new Scarce(1),
    () => new NativeBuffer(100),
  ]
  /** Goes on with work until the limit, again and again. */
  function terminate(times, work) {
    const context = createContext({ work })
    let terminated = 0
    for (let time = 0; time < times; time++) {
      try {
        runInContext('for (;;) work()', context, { timeout: 1 })
      } catch (error) {
        if (error.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') terminated++
      }
    }
    return terminated
  }`

// Compiled code looks whether to terminate more rarely.
const INTERPRETED = { execArgv: ['--no-opt', '--no-sparkplug', '--disable-warning=HOLDFAST_LEAK'] }

describe('where the program is terminated while it works', () => {
  test('a handle that it was opening or disposing of is counted once, and does not stay', async () => {
    const result = await runForReport(
      `${IMPORTS}
      const terminated = terminate(500, () => {
        for (const open of OPENERS) open().dispose()
        for (const open of OPENERS) open()
      })
      // A turn of the event loop lets releases go on that were terminated.
      for (let turn = 0; turn < 300 && liveHandles() > 0; turn++) {
        await settle()
        await turns(1)
      }
      const { kinds, ...all } = handleStatistics({ scope: 'process' })
      const wrong = Object.entries({ ...kinds, all }).filter(([, counts]) => counts.live !== 0 || imbalance(counts) !== 0)
      report({ terminated, wrong, scarce: Scarce.collector.count })`,
      INTERPRETED,
    )
    expect(result).toEqual({ terminated: 500, wrong: [], scarce: 0 })
  })
})
