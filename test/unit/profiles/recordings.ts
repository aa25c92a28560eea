import fc from 'fast-check'
import type { StackFrame } from '../../../lib/live-handle.js'
import type { KindTotals, Recording, RecordingHeader, SiteTotals } from '../../../lib/recording/recording.js'

// Recordings without a program that ran.

const header: RecordingHeader = {
  version: 1,
  library: '1.2.3',
  runtime: 'node v20.20.2 linux-x64',
  pid: 7,
  command: ['/srv/app.js', '--port', '80'],
  directory: '/srv',
  startedAt: 1_700_000_000_000,
  level: 'full',
  sampleInterval: 128,
}

export function frame(functionName: string, line: number, column = 1, file = '/srv/app.js'): StackFrame {
  return { functionName, file, line, column }
}

export function site(stack: readonly StackFrame[], totals: Partial<SiteTotals> = {}): SiteTotals {
  return {
    kind: 'NativeBuffer',
    stack,
    opened: 0,
    openedBytes: 0,
    disposed: 0,
    finalized: 0,
    finalizedBytes: 0,
    transferred: 0,
    live: 0,
    liveBytes: 0,
    peakLive: 0,
    peakLiveBytes: 0,
    firstOpenedAt: 0,
    lastOpenedAt: 0,
    meanLifetime: undefined,
    heldBy: [],
    ...totals,
  }
}

const COLUMNS = [
  'opened',
  'disposed',
  'finalized',
  'transferred',
  'live',
  'liveBytes',
  'peakLive',
  'peakLiveBytes',
] as const

function sumOf(sites: readonly SiteTotals[]): KindTotals {
  const sum = (column: (typeof COLUMNS)[number]) => sites.reduce((before, one) => before + one[column], 0)
  return Object.fromEntries(COLUMNS.map((column) => [column, sum(column)])) as unknown as KindTotals
}

export function recordingOf(sites: readonly SiteTotals[], about: Partial<RecordingHeader> = {}): Recording {
  const kinds = [...new Set(sites.map(({ kind }) => kind))]
  return {
    header: { ...header, ...about },
    end: { at: 2500, exitCode: 0 },
    notes: [],
    sites,
    timeline: { at: [], rss: [], kinds: {} },
    collections: [],
    kinds: Object.fromEntries(kinds.map((kind) => [kind, sumOf(sites.filter((one) => one.kind === kind))])),
    total: sumOf(sites),
  }
}

const outer = [frame('handle', 20, 5), frame('<anonymous>', 31, 3, '/srv/lib/server.js')]

/** Three kinds, a shared stack, recursion, a site without a stack, one that only counts, and one that left nothing. */
export const example = recordingOf([
  site([frame('upload', 14, 18), ...outer], {
    opened: 10,
    openedBytes: 10 * 4096,
    disposed: 6,
    finalized: 1,
    finalizedBytes: 4096,
    live: 3,
    liveBytes: 3 * 4096,
    firstOpenedAt: 30,
  }),
  site([frame('upload', 14, 18), ...outer], {
    kind: 'SecretBuffer',
    opened: 1,
    openedBytes: 32,
    live: 1,
    liveBytes: 32,
    firstOpenedAt: 10,
  }),
  site([frame('walk', 8), frame('walk', 9), frame('walk', 9), ...outer], {
    kind: 'SafeDirectoryHandle',
    opened: 4,
    finalized: 2,
    live: 2,
    firstOpenedAt: 5,
  }),
  site([], { opened: 5, openedBytes: 500, disposed: 3, live: 2, liveBytes: 200, firstOpenedAt: 20 }),
  site([frame('', 2, 7, 'file.mjs')], { opened: 2, openedBytes: 64, disposed: 2 }),
])

export const empty: Recording = { ...recordingOf([]), end: undefined, notes: ['The recording was cut off.'] }

const anyFrame = fc.record({
  functionName: fc.oneof(fc.constantFrom('', '<anonymous>', 'open', 'new Cache', '(root)', '__proto__'), fc.string()),
  file: fc.oneof(
    fc.constantFrom('/srv/app.js', 'C:\\srv\\app.js', 'node:fs', '[eval]', 'webpack://app/x.ts'),
    fc.string({ unit: 'binary' }),
  ),
  line: fc.integer({ min: 1, max: 3 }),
  column: fc.integer({ min: 1, max: 2 ** 31 }),
})

const count = fc.oneof(
  fc.constant(0),
  fc.nat(1000),
  fc.maxSafeInteger().map((n) => Math.floor(Math.abs(n) / 16)),
)

const anySite = fc
  .record({
    kind: fc.oneof(fc.constantFrom('NativeBuffer', 'Subscription'), fc.string()),
    stack: fc.array(anyFrame, { maxLength: 6 }),
    opened: count,
    openedBytes: count,
    finalized: count,
    finalizedBytes: count,
    live: count,
    liveBytes: count,
    firstOpenedAt: fc.nat(),
  })
  .map(({ stack, ...totals }) => site(stack, totals))

/** Sums stay below `Number.MAX_SAFE_INTEGER`. Numbers need not agree with each other: exports do not compare them. */
export const anyRecording = fc
  .tuple(fc.array(anySite, { maxLength: 8 }), fc.constantFrom('counts', 'sampled', 'full'))
  .map(([sites, level]) => recordingOf(sites, { level }))
