// One loop of part 2 in a process of its own, so that its peak of resident memory is nobody else's.
// Started by dropping.ts, with the number of the loop as argument.
import { readFileSync, writeSync } from 'node:fs'
import { performance } from 'node:perf_hooks'
import { GC, handleStatistics, NativeBuffer } from 'holdfast'
import { tracking } from 'holdfast/tracking'
import { BYTES_PER_HANDLE, HANDLES, LOOPS, type Loop, type Report, STOP_AT_BYTES } from './loops.js'
import { RegistryBuffer } from './registry-buffer.js'

// Two hundred thousand handles are dropped on purpose: nobody has to be warned of that.
tracking.level = 'off'

// A divisor of the handles that fit below the stop, which is looked for after each batch.
const BATCH = 1024
const STDOUT = 1

/** The stream would keep everything until the event loop turns, and it does not turn before the end. */
function report(message: Report): void {
  writeSync(STDOUT, `${JSON.stringify(message)}\n`)
}

function dropBatch({ kind, written }: Loop, size: number): void {
  const Class = kind === 'NativeBuffer' ? NativeBuffer : RegistryBuffer
  for (let i = 0; i < size; i++) {
    const buffer = new Class(BYTES_PER_HANDLE)
    if (written) buffer.bytes[0] = 1
  }
}

function countsOf({ kind }: Loop) {
  return kind === 'NativeBuffer' ? handleStatistics() : RegistryBuffer.counts
}

/** Returns how many were made and in how much time, the reports not counted. */
function dropAll(loop: Loop): { made: number; milliseconds: number } {
  let made = 0
  let milliseconds = 0
  while (made < HANDLES && countsOf(loop).liveBytes < STOP_AT_BYTES) {
    const size = Math.min(BATCH, HANDLES - made)
    const start = performance.now()
    dropBatch(loop, size)
    milliseconds += performance.now() - start
    made += size
    const { live, liveBytes } = countsOf(loop)
    report({ progress: { made, live, liveBytes } })
  }
  return { made, milliseconds }
}

/** On Linux `maxRSS` will not do where there is something better: a child inherits the peak of its parent. */
function peakResidentBytes(): number {
  const status = process.platform === 'linux' ? readFileSync('/proc/self/status', 'utf8') : ''
  const kibibytes = /^VmHWM:\s+(\d+)/m.exec(status)?.[1] ?? process.resourceUsage().maxRSS
  return Number(kibibytes) * 1024
}

const TURNS_ALLOWED = 20

/** Gives both kinds what they need to release everything: a collection, and turns of the event loop. */
async function liveAfterwards(loop: Loop): Promise<number> {
  if (GC.canCollect) GC.collect()
  for (let turn = 0; turn < TURNS_ALLOWED && countsOf(loop).live > 0; turn++) await GC.waitForPendingFinalizers()
  return countsOf(loop).live
}

async function run(loop: Loop): Promise<void> {
  const { made, milliseconds } = dropAll(loop)
  const { live, liveBytes, peakLive, peakLiveBytes } = countsOf(loop)
  const result = {
    ...{ made, live, liveBytes, peakLive, peakLiveBytes },
    peakResidentBytes: peakResidentBytes(),
    microsecondsPerHandle: (milliseconds * 1000) / made,
    liveAfterwards: await liveAfterwards(loop),
  }
  report({ result: { ...result, kinds: handleStatistics().kinds } })
}

const loop = LOOPS[Number(process.argv[2])]
if (loop === undefined) throw new Error(`There is no loop ${process.argv[2]}.`)
await run(loop)
