import { describe, expect, test } from 'vitest'
import { checkRound, type LapRecord, type RoundRecord } from './check.js'

// A round in which nothing is wrong, and the same with one thing wrong.

const COUNTS = {
  ...{ live: 0, liveBytes: 0, peakLive: 4, peakLiveBytes: 400 },
  ...{ opened: 10, disposed: 6, finalized: 3, transferredIn: 1, transferredOut: 2 },
}
const STATISTICS = { ...COUNTS, kinds: { NativeBuffer: COUNTS } }
const MIB = 2 ** 20

const LAP: LapRecord = {
  ...{ operations: 100, workers: 2, neverReleased: 0, releasedTwice: 0 },
  ...{ thread: STATISTICS, process: STATISTICS },
  left: { descriptors: [], moreDescriptors: 0, maps: [], lockedKiB: 0 },
  residentBytes: 100 * MIB,
}

function roundOf(lap: Partial<LapRecord>, round: Partial<RoundRecord> = {}): RoundRecord {
  const laps = Array.from({ length: 20 }, (_, index) => (index === 19 ? { ...LAP, ...lap } : LAP))
  const left = { files: [], names: [], processes: [] }
  return { code: 0, signal: null, stderr: '', laps, plannedLaps: 20, left, ...round }
}

const offBy = (changes: Partial<typeof COUNTS>) => ({ ...COUNTS, ...changes, kinds: {} })
const ofKind = (changes: Partial<typeof COUNTS>) => ({ ...COUNTS, kinds: { NativeBuffer: { ...COUNTS, ...changes } } })
const left = (changes: Partial<LapRecord['left']>) => ({ left: { ...LAP.left, ...changes } })

describe('the checks of a soak round', () => {
  test('find nothing in a good one', () => {
    expect(checkRound(roundOf({}))).toEqual([])
  })

  test.each<[string, Partial<LapRecord>]>([
    ['an opened handle that was never closed', { thread: offBy({ opened: 11 }) }],
    ['the same, of one kind', { process: ofKind({ opened: 11 }) }],
    ['a handle closed twice', { process: offBy({ disposed: 7 }) }],
    ['a transfer that never arrived', { process: offBy({ transferredOut: 3 }) }],
    ['a handle that is still live', { thread: offBy({ live: 1, opened: 11 }) }],
    ['bytes that are still live', { process: offBy({ liveBytes: 8 }) }],
    ['a release that JavaScript never did', { neverReleased: 1 }],
    ['a release that JavaScript did twice', { releasedTwice: 1 }],
    ['an open descriptor', left({ descriptors: ['/dev/zero'] })],
    ['more descriptors', left({ moreDescriptors: 1 })],
    ['a map', left({ maps: ['7f-7f data'] })],
    ['locked pages', left({ lockedKiB: 68 })],
    ['a lap that did nothing', { operations: 0 }],
    ['memory that grows', { residentBytes: 175 * MIB }],
  ])('find %s', (_what, lap) => {
    expect(checkRound(roundOf(lap)).length).toBeGreaterThan(0)
  })

  test.each<[string, Partial<RoundRecord>]>([
    ['another exit code', { code: 13 }],
    ['a crash', { code: null, signal: 'SIGSEGV' }],
    ['a warning', { stderr: '(node:1) Warning' }],
    ['a round that stopped early', { plannedLaps: 21 }],
    ['a round that did nothing at all', { laps: [] }],
    ['a name', { left: { files: [], names: ['the name-1'], processes: [] } }],
    ['a file', { left: { files: ['tmp/x'], names: [], processes: [] } }],
    ['a process', { left: { files: [], names: [], processes: ['4711'] } }],
  ])('find %s', (_what, round) => {
    expect(checkRound(roundOf({}, round)).length).toBeGreaterThan(0)
  })

  test.each([
    [[8], /^lap 8: /],
    [[6, 7, 8, 9], /^laps 6 to 9: /],
    [[2, 3, 5], /^laps 2, 3, 5: /],
  ])('name what is wrong in several laps once, with its laps: %j', (wrong, text) => {
    const laps = Array.from({ length: 20 }, (_, index) => (wrong.includes(index + 1) ? { ...LAP, operations: 0 } : LAP))
    expect(checkRound(roundOf({}, { laps }))).toEqual([expect.stringMatching(text)])
  })
})
