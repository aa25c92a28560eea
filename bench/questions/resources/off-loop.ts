import { ftruncateSync } from 'node:fs'
import { performance } from 'node:perf_hooks'
import { setImmediate } from 'node:timers/promises'
import { MappedFile, SafeFileHandle } from 'holdfast'
import type { Progress, Question, Samples } from '../../question.js'
import { collectGarbage } from '../../rounds.js'
import { scratchFile } from './scratch-file.js'

const FILES = 10_000
const GIB = 2 ** 30
const PAGE = 4096

/** How long the event loop took for its longest turn while `work` was under way. */
async function longestTurn(work: () => Promise<unknown>): Promise<number> {
  let longest = 0
  let under = true
  let last = performance.now()
  const watch = (async () => {
    while (under) {
      await setImmediate()
      const now = performance.now()
      longest = Math.max(longest, now - last)
      last = now
    }
  })()
  await setImmediate()
  await work()
  under = false
  await watch
  return longest * 1e6
}

function openFiles(path: string): SafeFileHandle[] {
  return Array.from({ length: FILES }, () => SafeFileHandle.open(path))
}

/** Every page of it is mapped. */
function openTouched(path: string): MappedFile {
  const map = MappedFile.open(path)
  const { bytes } = map
  let sum = 0
  for (let at = 0; at < bytes.length; at += PAGE) sum += bytes[at] as number
  if (sum !== 0) throw new Error('The file should be empty.')
  return map
}

async function run(progress: Progress): Promise<Samples> {
  const { path, fd } = scratchFile(0)
  ftruncateSync(fd, 2 * GIB)
  const inALoop = async (files: SafeFileHandle[], map: MappedFile) => {
    const unmapped = map.disposeAsync()
    for (const file of files) await file.disposeAsync()
    await unmapped
  }
  const allAtOnce = (files: SafeFileHandle[], map: MappedFile) =>
    Promise.all([map.disposeAsync(), ...files.map((file) => file.disposeAsync())])

  const values = new Map<string, number[]>()
  for (let round = 0; round < 3; round++) {
    for (const [name, work] of Object.entries({ 'awaited one after the other': inALoop, 'all at once': allAtOnce })) {
      progress(`${name}, round ${round + 1}`)
      const files = openFiles(path)
      const map = openTouched(path)
      collectGarbage('major')
      await setImmediate()
      const longest = await longestTurn(() => work(files, map))
      values.set(name, [...(values.get(name) ?? []), longest])
    }
  }
  return Object.fromEntries([...values].map(([name, times]) => [name, { unit: 'time', values: times }]))
}

const TRIAL = '10,000 files and a map of 2 GiB'
const MOST_NANOSECONDS = 20e6

export const offLoop: Question = {
  id: 'off-loop',
  title: 'The event loop while much is disposed of',
  note:
    'The longest turn of the event loop while 10,000 open files and a map of 2 GiB, of which every page was touched, are ' +
    'disposed of with `disposeAsync()`: awaited one after the other, and all at once by `Promise.all`. The median of three.',
  trials: [{ name: TRIAL, run }],
  measures: ['awaited one after the other', 'all at once'].map((way) => {
    return { label: `longest turn, ${way}`, trial: TRIAL, of: way, bound: { atMost: MOST_NANOSECONDS } }
  }),
}
