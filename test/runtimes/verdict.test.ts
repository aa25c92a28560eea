import { describe, expect, test } from 'vitest'
import type { RuntimeName } from '../../bench/runtime-packages.js'
import type { Deviation, Observation } from './observation.js'
import { problemsOf } from './verdict.js'

const OK: Observation = { outcome: 'ok' }
const KNOWN: Deviation = { check: 'b', runtimes: ['Bun'], shows: 'not here', reason: 'no reason' }

function problems(bun: Record<string, Observation>, known: readonly Deviation[] = []): readonly string[] {
  const runs = new Map<RuntimeName, Map<string, Observation>>([
    ['Node 20', new Map(Object.entries({ a: OK, b: OK }))],
    ['Bun', new Map(Object.entries(bun))],
  ])
  return problemsOf(runs, known)
}

describe('a run on all runtimes', () => {
  test('is fine when every check is, on every runtime', () => {
    expect(problems({ a: OK, b: OK })).toEqual([])
  })

  test('is fine when only what is known to deviate does, in the way that is known', () => {
    expect(problems({ a: OK, b: { outcome: 'deviates', detail: 'it is not here' } }, [KNOWN])).toEqual([])
    expect(problems({ a: OK, b: { outcome: 'fails', detail: 'Error: not here' } }, [KNOWN])).toEqual([])
  })

  test.each<Observation['outcome']>(['deviates', 'fails'])('fails when a check %s that nobody knows of', (outcome) => {
    const detail = 'something else'
    expect(problems({ a: OK, b: { outcome, detail } })).toEqual([expect.stringMatching(/^Bun: "b" .*something else$/s)])
  })

  test('fails when a check deviates in another way than is known', () => {
    expect(problems({ a: OK, b: { outcome: 'fails', detail: 'a crash' } }, [KNOWN])).toHaveLength(1)
  })

  test('fails when a known deviation has gone', () => {
    expect(problems({ a: OK, b: OK }, [KNOWN])).toHaveLength(1)
  })

  test('fails when a runtime has left a check out, and when no check ran anywhere', () => {
    expect(problems({ a: OK })).toEqual(['Bun: "b" did not run.'])
    expect(problemsOf(new Map([['Bun', new Map()]]), [])).toHaveLength(1)
  })

  test('fails when a deviation is known of a check that there is not', () => {
    expect(problems({ a: OK, b: OK }, [{ ...KNOWN, check: 'c' }])).toHaveLength(1)
  })
})
