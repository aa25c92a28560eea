import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readRecording } from '../../../lib/recording/read-recording.js'
import type { Recording } from '../../../lib/recording/recording.js'
import { at, header, RecordingWriter, scratchDirectory } from '../../support/recordings.js'
import { type ModelEvent, type ModelSite, naiveTotals } from './naive-totals.js'

function recorded(write: (writer: RecordingWriter) => void): Recording {
  using scratch = scratchDirectory()
  const path = scratch.path('a.hfrec')
  write(new RecordingWriter(path))
  return readRecording(path)
}

const SITES: readonly ModelSite[] = [
  { kind: 'Db', line: 1 },
  { kind: 'Db', line: 2 },
  { kind: 'Buffer', line: 1 },
]

/** Tens of hundredths of a millisecond, never the same twice: then their order is known in all threads. */
const commands = fc.array(
  fc.record({
    what: fc.constantFrom('open', 'open', 'open', 'close', 'close', 'threadEnd', 'flush'),
    thread: fc.nat(2),
    gap: fc.integer({ min: 1, max: 50_000 }),
    slot: fc.nat(3),
    use: fc.nat(2),
    site: fc.nat(SITES.length - 1),
    bytes: fc.oneof(fc.nat(100), fc.nat(2 ** 40)),
    reason: fc.constantFrom('disposed' as const, 'finalized' as const, 'transferred' as const),
  }),
  { maxLength: 60 },
)

describe('totals of any sequence of events', () => {
  it('of any number of threads are those that one would count by hand', () => {
    using scratch = scratchDirectory()
    fc.assert(
      fc.property(commands, (steps) => {
        const events: ModelEvent[] = []
        const writer = new RecordingWriter(scratch.path('a.hfrec'))
        let ticks = 0
        for (const { what, thread, gap, slot, use, site, bytes, reason } of steps) {
          ticks += gap
          const time = ticks / 100
          const id = slot + use * 2 ** 32
          const encoder = writer.thread(thread)
          const { kind, line } = SITES[site] as ModelSite
          if (what === 'open') {
            encoder.open(time, id, kind, bytes, at('app.js', line))
            events.push({ type: 'open', at: time, thread, id, site, bytes })
          } else if (what === 'close') {
            encoder.close(time, id, bytes, reason)
            events.push({ type: 'close', at: time, thread, id, bytes, reason })
          } else if (what === 'threadEnd') {
            encoder.threadEnd(time, thread)
            events.push({ type: 'threadEnd', at: time, thread })
          } else writer.flush(thread)
        }
        writer.end()
        compare(readRecording(scratch.path('a.hfrec')), events)
      }),
      { numRuns: 300 },
    )
  })
})

function compare(recording: Recording, events: readonly ModelEvent[]): void {
  for (const { kind, line } of SITES) {
    const { meanLifetime, ...expected } = naiveTotals(events, SITES, (s) => s.kind === kind && s.line === line)
    const site = recording.sites.find((one) => one.kind === kind && one.stack[0]?.line === line)
    if (expected.opened === 0) expect(site).toBeUndefined()
    else {
      expect(site).toMatchObject(expected)
      if (meanLifetime === undefined) expect(site?.meanLifetime).toBeUndefined()
      else expect(site?.meanLifetime).toBeCloseTo(meanLifetime, 6)
    }
  }
  for (const [kind, totals] of Object.entries(recording.kinds)) {
    expect(naiveTotals(events, SITES, (site) => site.kind === kind)).toMatchObject(totals)
    expect(Math.max(...(recording.timeline.kinds[kind]?.live ?? []))).toBe(totals.peakLive)
    expect(Math.max(...(recording.timeline.kinds[kind]?.liveBytes ?? []))).toBe(totals.peakLiveBytes)
    expect(recording.timeline.kinds[kind]?.live.at(-1)).toBe(totals.live)
  }
  expect(naiveTotals(events, SITES, () => true)).toMatchObject(recording.total)
}

describe('a recording', () => {
  it('comes back with header, end, sites, memory and collections', () => {
    const recording = recorded((writer) => {
      const main = writer.thread(0)
      main.memory(0, 50 * 2 ** 20)
      main.open(1, 1, 'Db', 100, at('/app/a.js', 3, 'openDb'))
      main.open(2, 2, 'Db', 200, at('/app/a.js', 3, 'openDb'))
      main.open(2.5, 3, 'Map', 5000, undefined)
      main.collection(3, 'major', 12.34)
      main.close(4, 1, 100, 'disposed')
      main.close(6, 2, 200, 'finalized')
      writer.end({ at: 8, exitCode: 3 })
    })
    expect(recording).toMatchObject({
      header: header(),
      end: { at: 8, exitCode: 3 },
      notes: [],
      collections: [{ at: 3, kind: 'major', milliseconds: 12.34, thread: 0 }],
      total: { opened: 3, disposed: 1, finalized: 1, transferred: 0, live: 1, liveBytes: 5000, peakLive: 3 },
      timeline: { at: [0, 8], rss: [50 * 2 ** 20, 50 * 2 ** 20] },
    })
    expect(recording.sites).toEqual([
      expect.objectContaining({ kind: 'Map', stack: [], live: 1, meanLifetime: undefined, heldBy: [] }),
      expect.objectContaining({
        kind: 'Db',
        stack: [{ functionName: 'openDb', file: '/app/a.js', line: 3, column: 1 }],
        opened: 2,
        firstOpenedAt: 1,
        lastOpenedAt: 2,
        meanLifetime: 3.5,
      }),
    ])
  })

  it('of several threads knows sites by what they are, not by thread', () => {
    const recording = recorded((writer) => {
      for (const thread of [0, 1, 2]) {
        writer.thread(thread).open(1, 1, `Only${thread}`, 1, undefined)
        writer.thread(thread).open(1, 2, 'Db', 1, at('a.js', 1))
      }
      writer.end()
    })
    expect(recording.sites.filter(({ kind }) => kind === 'Db')).toEqual([expect.objectContaining({ opened: 3 })])
  })

  it('whose threads wrote at different times has the peaks of the moment', () => {
    // Each had one handle, one after the other; the blocks lie in the opposite order.
    const recording = recorded((writer) => {
      writer.thread(2).open(5, 1, 'Db', 1, undefined)
      writer.thread(2).close(6, 1, 1, 'disposed')
      writer.flush(2)
      writer.thread(1).open(1, 1, 'Db', 1, undefined)
      writer.thread(1).close(2, 1, 1, 'disposed')
      writer.end()
    })
    expect(recording.total).toMatchObject({ opened: 2, peakLive: 1 })
  })

  it('closes what a thread left open when it ended, also when its own clock is ahead', () => {
    const recording = recorded((writer) => {
      writer.thread(1).open(1, 1, 'Db', 10, undefined)
      writer.thread(1).open(3.2, 2, 'Db', 10, undefined)
      writer.thread(0).threadEnd(3, 1)
      writer.end()
    })
    expect(recording.total).toMatchObject({ opened: 2, finalized: 2, live: 0, liveBytes: 0 })
  })

  it('leaves out what was opened before it began, and what it could not tell apart', () => {
    const recording = recorded((writer) => {
      writer.thread(0).close(1, 7, 10, 'disposed')
      writer.thread(0).open(2, 1, 'Db', 10, undefined)
      writer.thread(0).open(3, 1, 'Db', 10, undefined)
      writer.end()
    })
    expect(recording.total).toMatchObject({ opened: 1, disposed: 0, live: 1 })
  })

  it('counts what a handle has grown by when it is closed', () => {
    const recording = recorded((writer) => {
      writer.thread(0).open(1, 1, 'Db', 10, undefined)
      writer.thread(0).close(2, 1, 25, 'finalized')
      writer.thread(0).open(3, 2, 'Db', 10, undefined)
      writer.thread(0).close(4, 2, 5, 'disposed')
      writer.end()
    })
    expect(recording.sites[0]).toMatchObject({ openedBytes: 35, finalizedBytes: 25, peakLiveBytes: 25, liveBytes: 0 })
  })

  it('keeps text of any kind', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const recording = recorded((writer) => {
          writer.thread(0).open(1, 1, text, 1, at(text, 1, text))
          writer.end()
        })
        expect(recording.sites[0]).toMatchObject({ kind: text, stack: at(text, 1, text) })
        expect(Object.keys(recording.kinds)).toEqual([text])
      }),
      { numRuns: 50, examples: [['__proto__'], ['constructor']] },
    )
  })

  it('without an end has a note', () => {
    const { end, notes } = recorded((writer) => writer.end())
    expect(end).toBeUndefined()
    expect(notes).toEqual([expect.stringContaining('no end')])
  })

  it('tells how far it was read', () => {
    using scratch = scratchDirectory()
    const path = scratch.path('a.hfrec')
    const writer = new RecordingWriter(path)
    for (let i = 0; i < 100; i++) {
      writer.thread(0).open(i, i, 'Db', 1, undefined)
      writer.flush(0)
    }
    writer.end({ at: 100, exitCode: 0 })
    const shares: number[] = []
    readRecording(path, (share) => shares.push(share))
    expect(shares).toEqual([...shares].sort((a, b) => a - b))
    expect(shares.at(-1)).toBeGreaterThan(0.9)
    expect(shares.at(-1)).toBeLessThanOrEqual(1)
  })
})
