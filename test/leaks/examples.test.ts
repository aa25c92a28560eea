import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import type { LeakClass } from '../../lib/recording/leak-class.js'
import { readRecording } from '../../lib/recording/read-recording.js'
import { describeResult } from '../support/child.js'
import { runCommand } from '../support/command.js'
import { scratchDirectory } from '../support/recordings.js'

// The programs of examples/leaks: what `holdfast run` and `holdfast report` make of each. They run as compiled, and
// places are those of their sources, by the source maps.

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const FOLDER = 'examples/leaks'

interface Expected {
  leak: LeakClass
  kind: string
  /** What is in the line that opens the handle. */
  opens: string
  /** What holds what is left. */
  heldBy?: RegExp
  /** The code of a warning on the way. */
  warning?: string
}

const EXAMPLES: Record<string, Expected> = {
  '01-undisposed-handle': {
    leak: 'undisposed handle',
    kind: 'NativeBuffer',
    opens: 'new NativeBuffer(64 * 1024)',
    warning: 'HOLDFAST_LEAK',
  },
  '02-error-path': {
    leak: 'handle not disposed on every path',
    kind: 'NativeBuffer',
    opens: 'new NativeBuffer(4096)',
    warning: 'HOLDFAST_LEAK',
  },
  '03-unfinished-async': {
    leak: 'unfinished async function',
    kind: 'NativeBuffer',
    opens: 'new NativeBuffer(4096)',
    heldBy:
      /async function answer at examples\/leaks\/03-unfinished-async\/leaky\.ts:23 .* a Connection, .*`connection`/,
  },
  '04-forgotten-subscription': {
    leak: 'forgotten subscription',
    kind: 'Subscription',
    opens: "subscribe(bus, 'message'",
    heldBy:
      /^the listeners of event 'message' \(examples\/leaks\/.*\/leaky\.ts:15\) of a Bus, .* variable `bus` of .*leaky\.ts$/,
  },
  '05-growing-collection': {
    leak: 'collection that only grows',
    kind: 'Thumbnail',
    opens: 'super(16 * 1024)',
    heldBy: /^the static Map `#shown` of class Thumbnail \(examples\/leaks\/05-growing-collection\/leaky\.ts:8\)$/,
  },
  '06-circular-reference': {
    leak: 'circular reference',
    kind: 'TempFile',
    opens: 'super(state, ',
    heldBy: /^its own finalizer state, which refers back to it \(`state\.owner`\)$/,
    warning: 'HOLDFAST_FINALIZER_STATE',
  },
  '07-endless-timer': {
    leak: 'endless timer',
    kind: 'NativeBuffer',
    opens: 'new NativeBuffer(64 * 1024)',
    heldBy: /^a pending timer \(.*examples\/leaks\/07-endless-timer\/leaky\.ts:7\)$/,
  },
  '08-needless-creation': { leak: 'needless creation', kind: 'NativeBuffer', opens: 'new NativeBuffer(8)' },
}

/** Records a program of the examples, and reports on it. */
async function examine(name: string) {
  using scratch = scratchDirectory()
  const file = scratch.path('example.hfrec')
  const env = { NODE_OPTIONS: '--enable-source-maps' }
  const ran = await runCommand(['run', '-o', file, `out/${FOLDER}/${name}.js`], ROOT, { env })
  expect(ran.code, describeResult(ran)).toBe(0)
  const reported = await runCommand(['report', file], ROOT)
  expect(reported.code, describeResult(reported)).toBe(0)
  return {
    warnings: ran.stderr,
    recording: readRecording(file),
    report: reported.stdout,
    files: readdirSync(scratch.directory),
  }
}

function lineOf(path: string, text: string): number {
  return readFileSync(path, 'utf8').slice(0, readFileSync(path, 'utf8').indexOf(text)).split('\n').length
}

it('every example is known here, and says what is wrong with it once', () => {
  const folders = readdirSync(FOLDER).filter((name) => name !== 'README.md')
  expect(folders.sort()).toEqual(Object.keys(EXAMPLES))
  const counts = folders.flatMap((name) =>
    ['leaky', 'fixed'].map(
      (which) => readFileSync(`${FOLDER}/${name}/${which}.ts`, 'utf8').split('// Wrong:').length - 1,
    ),
  )
  expect(counts).toEqual(folders.flatMap(() => [1, 0]))
})

it('has all of them in its table', () => {
  const page = readFileSync(`${FOLDER}/README.md`, 'utf8')
  for (const [name, { leak }] of Object.entries(EXAMPLES)) {
    expect(page).toContain(`| [${name}](${name}/leaky.ts) | ${leak} |`)
  }
})

describe.each(Object.entries(EXAMPLES))('%s', (name, { leak, kind, opens, heldBy, warning }) => {
  it('is found, with its class and its line', async () => {
    const source = `${FOLDER}/${name}/leaky.ts`
    const { warnings, recording, report, files } = await examine(`${name}/leaky`)
    const place = `${source}:${lineOf(source, opens)}:`
    const finding = report.split('\n').find((line) => line.includes(place) && line.endsWith(`: ${leak}`))
    expect(finding, report).toMatch(new RegExp(`^ {2}${kind} opened at .*`))
    const site = recording.sites.find((site) => site.kind === kind)
    expect(site?.stack[0]).toMatchObject({ file: `${ROOT}${source}`, line: lineOf(source, opens) })
    if (heldBy !== undefined) expect(site?.heldBy).toEqual([expect.stringMatching(heldBy)])
    expect(warnings).toContain(warning ?? 'holdfast: recorded')
    expect(files).toEqual(['example.hfrec', 'example.hfrec.html'])
  })

  it('is not reported any more when it is fixed', async () => {
    const { warnings, recording, report } = await examine(`${name}/fixed`)
    expect(warnings).toMatch(/^holdfast: recorded [^\n]*\n$/)
    expect(report).not.toContain('What is wrong:')
    expect(recording.total).toMatchObject({ live: 0, finalized: 0, opened: recording.total.disposed })
  })
})
