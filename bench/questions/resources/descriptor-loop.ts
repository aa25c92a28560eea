// Opens files and drops them in a synchronous loop. Sends what came of it to the process that started it.
//
//   node descriptor-loop.js <count>

import { closeSync, openSync, readdirSync } from 'node:fs'
import { performance } from 'node:perf_hooks'
import { handleStatistics, SafeFileHandle } from 'holdfast'

const count = Number(process.argv[2])
const path = new URL(import.meta.url)

export interface DescriptorLoop {
  readonly opened: number
  readonly peakLive: number
  /** How often a file that is none of Holdfast's could not be opened. */
  readonly refusedOthers: number
  /** Open at the end, by what the system says. */
  readonly descriptors: number
  readonly nanoseconds: number
}

let refusedOthers = 0
const start = performance.now()
for (let index = 0; index < count; index++) {
  SafeFileHandle.open(path)
  if (index % 100 !== 0) continue
  try {
    closeSync(openSync(path, 'r'))
  } catch {
    refusedOthers++
  }
}
const nanoseconds = (performance.now() - start) * 1e6
const { opened, peakLive } = handleStatistics()
// Where the system does not tell, what we know of.
const descriptors = process.platform === 'linux' ? readdirSync('/proc/self/fd').length : handleStatistics().live
const result: DescriptorLoop = { opened, peakLive, refusedOthers, descriptors, nanoseconds }
process.send?.(result, (error: Error | null) => {
  if (error !== null) throw error
})
