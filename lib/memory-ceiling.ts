import { totalmem } from 'node:os'
import { native } from './binding.js'
import { highLoadPercent, memoryCeiling, setHighLoadPercent } from './memory-settings.js'
import { checkInteger } from './validate.js'

// In a container with a memory limit the kernel ends the process that passes it, without asking. So the
// resident memory is looked at when native bytes have grown, the sooner the less room is left. Resident
// memory it is, and not what the control group counts: that includes the page cache, which the kernel gives
// up by itself before it ends anybody.

/** Resident memory is looked at again after at least this part of the ceiling. */
const LEAST_STEP_DIVISOR = 128

/** Below this share of the ceiling memory is handed out as if there were none. */
const UNCONCERNED_SHARE = 0.75

const ceiling = memoryCeiling()
const hasCeiling = ceiling !== Number.POSITIVE_INFINITY

/** Resident memory after the last collection that was forced for its sake. */
let residentAfterRelief = 0

function threshold(): number {
  return (ceiling * highLoadPercent()) / 100
}

/** Whether to collect whatever it costs. Not again unless there is more than what the last time left. */
export function isMemoryLoadHigh(): boolean {
  if (!hasCeiling) return false
  const resident = process.memoryUsage.rss()
  return resident > threshold() && resident > residentAfterRelief + ceiling / LEAST_STEP_DIVISOR / 2
}

export function noteRelief(): void {
  residentAfterRelief = process.memoryUsage.rss()
}

/**
 * Says when to look next: when the bytes of handles have grown by half of the way to the threshold, and
 * beyond it by half of the way to the ceiling. So the number of looks on the way up is logarithmic.
 */
export function lookAgainInTime(): void {
  if (!hasCeiling) return
  const resident = process.memoryUsage.rss()
  residentAfterRelief = Math.min(residentAfterRelief, resident)
  const left = threshold() - resident
  const wayToGo = left > 0 ? left : Math.abs(ceiling - resident)
  const step = Math.max(wayToGo / 2, ceiling / LEAST_STEP_DIVISOR)
  const room = resident < ceiling * UNCONCERNED_SHARE ? Number.POSITIVE_INFINITY : Math.max(left, 0)
  native.setMemoryRoom(step, room)
}

export function totalAvailableMemory(): number {
  return hasCeiling ? ceiling : totalmem()
}

export function highMemoryLoadPercent(): number {
  return highLoadPercent()
}

export function setHighMemoryLoadPercent(percent: number): void {
  checkInteger('highMemoryLoadPercent', percent, 1, 100)
  setHighLoadPercent(percent)
  lookAgainInTime()
}

// Now, so that what is wrong with the environment is told at the start.
highLoadPercent()
lookAgainInTime()
