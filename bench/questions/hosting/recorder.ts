import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { PROJECT } from '../../project.js'
import type { Measure, Progress, Question, Samples, Trial } from '../../question.js'
import { recorderRowsOf, WITHOUT_COMPILERS } from './recorder-table.js'

const PROGRAM = join(PROJECT, 'examples', 'recorder', 'out', 'main.js')
const ITERATIONS = 10_000

const EARLY = 'heap after iteration 1,000'
const LATE = 'heap after iteration 10,000'
const EARLY_HANDLES = 'handles after iteration 1,000'
const LATE_HANDLES = 'handles after iteration 10,000'
const LATE_SCOPES = 'scopes after iteration 10,000'
const LEFT = 'handles left at the end'

async function record(flags: readonly string[], progress: Progress): Promise<Samples> {
  progress(`${ITERATIONS} iterations`)
  const directory = mkdtempSync(join(tmpdir(), 'holdfast-recorder-'))
  try {
    const args = ['--iterations', `${ITERATIONS}`, '--database', join(directory, 'readings.db'), '--gc']
    const { stdout } = await promisify(execFile)(process.execPath, [...flags, PROGRAM, ...args])
    const rows = recorderRowsOf(stdout)
    const [early, late] = [rows[0], rows.at(-1)]
    if (early === undefined || late === undefined || rows.length !== 10) throw new Error(`It printed:\n${stdout}`)
    return {
      [EARLY]: { unit: 'B', values: [early.heapKiB * 1024] },
      [LATE]: { unit: 'B', values: [late.heapKiB * 1024] },
      [EARLY_HANDLES]: { unit: 'count', values: [early.handles] },
      [LATE_HANDLES]: { unit: 'count', values: [late.handles] },
      [LATE_SCOPES]: { unit: 'count', values: [late.scopes] },
      [LEFT]: { unit: 'count', values: [Number(/Left open: ([\d,]+) handles/.exec(stdout)?.[1]?.replaceAll(',', ''))] },
    }
  } finally {
    rmSync(directory, { recursive: true })
  }
}

const TRIALS: readonly Trial[] = [
  { name: 'interpreted', run: (progress) => record(WITHOUT_COMPILERS, progress) },
  { name: 'as it is', run: (progress) => record([], progress) },
]

function measuresOf({ name: trial }: Trial): Measure[] {
  return [
    { label: `${trial}: heap, late against early`, trial, of: LATE, against: EARLY, bound: { atMost: 1.02 } },
    {
      label: `${trial}: handles, late against early`,
      trial,
      of: LATE_HANDLES,
      against: EARLY_HANDLES,
      bound: { atMost: 1 },
    },
    { label: `${trial}: ${LEFT}`, trial, of: LEFT, bound: { atMost: 0 } },
  ]
}

export const recorder: Question = {
  id: 'recorder',
  title: `examples/recorder: ${ITERATIONS.toLocaleString('en')} iterations, a reading of three sensors stored in each`,
  note:
    'A scope for each iteration, and an SQLite database in a file. The program collects garbage before it says how ' +
    'large the heap is. What the engine compiles of it counts as heap, and it goes on compiling for some 10,000 ' +
    'iterations: “interpreted” is without compilers, so that what grows is what the program keeps. The one scope is ' +
    'that of the iteration that shows the figures.',
  trials: TRIALS,
  measures: TRIALS.flatMap(measuresOf),
  details: 'wide',
}
