// Part 2: handles are dropped in a synchronous loop, where no finalizer of the engine ever runs.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { bytes, count } from './format.js'
import {
  BYTES_PER_HANDLE,
  HANDLES,
  LOOPS,
  type Loop,
  type Progress,
  type Report,
  type Result,
  STOP_AT_BYTES,
} from './loops.js'
import { bar, check, heading, paragraph, progress, remark, style, table } from './terminal.js'

/** What the buffers that nobody disposes of may hold at once. */
const ALLOWED_BYTES = 256 * 2 ** 20

export interface Dropped {
  readonly loop: Loop
  readonly result: Result
}

async function runInChild(index: number, onProgress: (made: Progress) => void): Promise<Result> {
  const program = new URL('./drop-loop.js', import.meta.url)
  const child = fork(program, [String(index)], { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] })
  const closed = once(child, 'close')
  let result: Result | undefined
  for await (const line of createInterface({ input: child.stdout as Readable })) {
    const report = JSON.parse(line) as Report
    if ('progress' in report) onProgress(report.progress)
    else result = report.result
  }
  const [code, signal] = await closed
  // With a result and a code other than 0 it crashed at its end.
  if (result === undefined || code !== 0)
    throw new Error(`The process of loop ${index + 1} ended with ${signal ?? `code ${code}`}.`)
  return result
}

async function runAll(): Promise<Dropped[]> {
  const dropped: Dropped[] = []
  const width = Math.max(...LOOPS.map(({ name }) => name.length))
  for (const [index, loop] of LOOPS.entries()) {
    progress.step(`loop ${index + 1} of ${LOOPS.length}: ${loop.name}`)
    const result = await runInChild(index, ({ made, live, liveBytes }) => {
      const name = loop.name.padEnd(width)
      progress.update(`${name}  ${bar(made / HANDLES)}  ${count(live).padStart(6)} live, ${bytes(liveBytes)}`)
    })
    dropped.push({ loop, result })
  }
  return dropped
}

const isOurs = ({ loop }: Dropped) => loop.kind === 'NativeBuffer'
const withinAllowance = ({ result }: Dropped) => result.peakLiveBytes <= ALLOWED_BYTES

function row(dropped: Dropped): string[] {
  const { loop, result } = dropped
  return [
    loop.name,
    count(result.made),
    count(result.peakLive),
    style(withinAllowance(dropped) ? 'green' : 'yellow', bytes(result.peakLiveBytes)),
    bytes(result.peakResidentBytes),
    result.microsecondsPerHandle.toFixed(2),
  ]
}

function judgeOurs(ours: readonly Dropped[]): void {
  const passed = ours.every((one) => one.result.made === HANDLES && withinAllowance(one))
  const peak = Math.max(...ours.map(({ result }) => result.peakLiveBytes))
  const total = bytes(HANDLES * BYTES_PER_HANDLE)
  check(
    passed,
    passed
      ? `Reclaimed while the loop ran: ${total} passed, at most ${bytes(peak)} were live.`
      : `Not reclaimed in time: ${bytes(peak)} were live, and ${bytes(ALLOWED_BYTES)} are allowed.`,
  )
}

function describeRegistry(others: readonly Dropped[]): void {
  const outcomes = others.map(({ result: { made, live, liveBytes } }) => {
    const ran = live === made ? 'never ran' : `released only ${count(made - live)} of ${count(made)} handles`
    const stopped = made < HANDLES ? 'stopped at' : 'at the end there were'
    return `${ran}: ${stopped} ${count(live)} handles and ${bytes(liveBytes)}`
  })
  for (const outcome of new Set(outcomes)) remark(`The registry ${outcome}.`)
}

function judgeAfterwards(dropped: readonly Dropped[]): void {
  const left = (some: readonly Dropped[]) => some.reduce((sum, { result }) => sum + result.liveAfterwards, 0)
  const ours = left(dropped.filter(isOurs))
  const others = left(dropped.filter((one) => !isOurs(one)))
  check(
    ours === 0,
    `After a collection and a turn of the event loop: ${count(ours)} live (registry: ${count(others)}).`,
  )
}

export async function showDropping(): Promise<Dropped[]> {
  heading('2  Drop buffers in a loop that never yields')
  paragraph(
    `Drops ${count(HANDLES)} buffers of ${bytes(BYTES_PER_HANDLE)} in a synchronous loop, untouched or with one byte written; beside it a FinalizationRegistry per object, stopped at ${bytes(STOP_AT_BYTES)}.`,
  )
  const dropped = await runAll().finally(progress.clear)
  table(['', 'handles', 'peak live', 'peak native', 'peak RSS', 'µs/handle'], dropped.map(row))
  judgeOurs(dropped.filter(isOurs))
  describeRegistry(dropped.filter((one) => !isOurs(one)))
  judgeAfterwards(dropped)
  return dropped
}
