import { describe, expect, test } from 'vitest'
import { describeResult, runChild, runForReport } from '../support/child.js'

const IMPORTS = `
  import { GC, liveHandles, NativeBuffer } from 'holdfast'
  import { engineGc, Probe, releaseCounts, report, say, turns } from './test/support/in-child.mjs'
  Probe.onRelease = (value) => say('released ' + value)`

describe.concurrent('a release that fails while the process ends', () => {
  const failing = `${IMPORTS}
    Probe.onRelease = (value) => {
      say('released ' + value)
      if (value === 2) throw new Error('no')
    }
    globalThis.kept = [new Probe(1), new Probe(2), new Probe(3)]`

  test.each([
    ['by running dry', '', 0],
    ['by process.exit()', 'process.exit(7)', 7],
  ])('does not keep the others from being released, nor change the exit code: %s', async (_title, ending, code) => {
    const result = await runChild(`${failing}\n${ending}`)
    expect(result.stdout, describeResult(result)).toBe('released 3\nreleased 2\nreleased 1\n')
    expect([result.code, result.signal]).toEqual([code, null])
  })

  test.each([
    ['by running dry', ''],
    ['by process.exit()', 'process.exit()'],
  ])('is reported, as one process warning: %s', async (_title, ending) => {
    const { stderr } = await runChild(`${failing}\n${ending}`)
    expect(stderr.match(/HOLDFAST_RELEASE/g)).toHaveLength(1)
  })
})

describe.concurrent('a release on the finalizer path that ends the process', () => {
  test('does not keep the other dropped handles from being released', async () => {
    const result = await runChild(`${IMPORTS}
      Probe.onRelease = (value) => {
        say('released ' + value)
        if (value === 3) process.exit(7)
      }
      let kept = [1, 2, 3].map((value) => new Probe(value))
      kept = undefined
      GC.collect()`)
    expect(result.stdout, describeResult(result)).toBe('released 3\nreleased 2\nreleased 1\n')
    expect(result.code).toBe(7)
  })
})

describe.concurrent('handles at the end of the process', () => {
  test('are still open in listeners for exit that were there before the first of them', async () => {
    const result = await runChild(`${IMPORTS}
      let buffer, probe
      process.on('exit', () => say('in use: ' + [buffer.bytes.length, probe.isClosed, liveHandles()]))
      buffer = new NativeBuffer(262144)
      probe = new Probe(1)`)
    expect(result).toEqual({ code: 0, signal: null, stdout: 'in use: 262144,false,2\nreleased 1\n', stderr: '' })
  })

  test('are closed once released: no listener that comes later can use a stale value', async () => {
    const result = await runChild(`${IMPORTS}
      const probe = new Probe(1)
      process.on('exit', () => {
        let code = 'none'
        try {
          probe.lease()
        } catch (error) {
          code = error.code
        }
        probe.dispose()
        say([probe.isClosed, probe.isDisposed, code].join())
      })`)
    expect(result.stdout).toBe('released 1\ntrue,true,ERR_HOLDFAST_DISPOSED\n')
    expect([result.code, result.stderr]).toEqual([0, ''])
  })

  test('are released also when a listener for exit opened them, if that was there before the first of them', async () => {
    const result = await runChild(`${IMPORTS}
      process.on('exit', () => new Probe(2))
      const first = new Probe(1)`)
    expect(result.stdout, describeResult(result)).toBe('released 2\nreleased 1\n')
  })

  test('a release that never stops opening more does not keep the process from ending', async () => {
    const result = await runChild(`${IMPORTS}
      Probe.onRelease = (value) => void new Probe(value + 1)
      globalThis.kept = new Probe(1)`)
    expect(result).toEqual({ code: 0, signal: null, stdout: '', stderr: '' })
  })

  test('dispose() in a listener for exit releases, and the end does not release again', async () => {
    const result = await runChild(`${IMPORTS}
      let probe
      process.on('exit', () => probe.dispose())
      probe = new Probe(1)`)
    expect(result).toEqual({ code: 0, signal: null, stdout: 'released 1\n', stderr: '' })
  })
})

describe.concurrent('GC.hasShutdownStarted', () => {
  test('is false while the program runs, also before the exit it asked for, and true in every listener', async () => {
    const result = await runForReport<boolean[]>(`${IMPORTS}
      const seen = []
      process.on('beforeExit', () => seen.push(GC.hasShutdownStarted))
      process.on('exit', () => {
        seen.push(GC.hasShutdownStarted)
        report(seen)
      })
      seen.push(GC.hasShutdownStarted)
      await turns(1)
      seen.push(GC.hasShutdownStarted)`)
    expect(result).toEqual([false, false, false, true])
  })
})
