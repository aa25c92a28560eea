import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Progress, Question, Samples } from '../../question.js'
import type { DescriptorLoop } from './descriptor-loop.js'

const FILES = 1_000_000
const LIMIT = 256
const PROGRAM = fileURLToPath(new URL('descriptor-loop.js', import.meta.url))

/** Of the shell, since Node.js has no way to limit its own. */
const LIMITED = `ulimit -n ${LIMIT} && exec "$@"`

async function run(progress: Progress): Promise<Samples> {
  progress(`opening ${FILES} files`)
  const args = ['-c', LIMITED, 'sh', process.execPath, PROGRAM, String(FILES)]
  const child = spawn('sh', args, {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    // Handles are dropped on purpose.
    env: { ...process.env, HOLDFAST_TRACKING: 'off' },
  })
  let loop: DescriptorLoop | undefined
  child.on('message', (message) => {
    loop = message as unknown as DescriptorLoop
  })
  const [code, signal] = await once(child, 'close')
  if (loop === undefined || code !== 0) throw new Error(`The loop ended with ${signal ?? `exit code ${code}`}.`)
  return {
    [OPENED]: { unit: 'count', values: [loop.opened] },
    [PEAK]: { unit: 'count', values: [loop.peakLive] },
    [REFUSED]: { unit: 'count', values: [loop.refusedOthers] },
    'descriptors open at the end': { unit: 'count', values: [loop.descriptors] },
    'time per file': { unit: 'time', values: [loop.nanoseconds / loop.opened] },
  }
}

const OPENED = 'files opened'
const PEAK = 'most open at once'
const REFUSED = 'other files refused'
const TRIAL = `a limit of ${LIMIT} descriptors`

export const descriptors: Question = {
  id: 'descriptors',
  title: '1,000,000 files under a limit of 256 descriptors, dropped in a synchronous loop',
  note:
    '`SafeFileHandle.open(path)`, and nothing is disposed. One file in a hundred is opened and closed with ' +
    '`fs.openSync`, for others need descriptors, too. An open that finds none left would throw `EMFILE`.',
  trials: [{ name: TRIAL, run }],
  measures: [
    { label: OPENED, trial: TRIAL, of: OPENED, bound: { atLeast: FILES } },
    { label: PEAK, trial: TRIAL, of: PEAK, bound: { atMost: LIMIT } },
    { label: REFUSED, trial: TRIAL, of: REFUSED, bound: { atMost: 0 } },
  ],
}
