import { totalmem } from 'node:os'
import { MemorySetting, native } from './binding.js'
import { cgroupLimit } from './cgroup-limit.js'

// Settings of the process: the first thread that loads the library finds them out, and all others agree.

const DEFAULT_HIGH_LOAD_PERCENT = 90

/** Bytes that the process may have resident; Infinity when there is no such thing but the machine itself. */
export function memoryCeiling(): number {
  return settingOfProcess(MemorySetting.ceiling, findCeiling)
}

/** Of the ceiling: see `GC.highMemoryLoadPercent`. */
export function highLoadPercent(): number {
  return settingOfProcess(
    MemorySetting.highLoadPercent,
    () => numberFromEnvironment('HOLDFAST_HIGH_MEMORY_PERCENT', 1, 100) ?? DEFAULT_HIGH_LOAD_PERCENT,
  )
}

export function setHighLoadPercent(percent: number): void {
  native.setMemorySetting(MemorySetting.highLoadPercent, percent)
}

function settingOfProcess(setting: number, find: () => number): number {
  const known = native.memorySetting(setting)
  if (known !== 0) return known
  const found = find()
  native.setMemorySetting(setting, found)
  return found
}

function findCeiling(): number {
  return numberFromEnvironment('HOLDFAST_MEMORY_CEILING', 1, Number.MAX_SAFE_INTEGER) ?? ceilingOfContainer()
}

function ceilingOfContainer(): number {
  const { constrainedMemory } = process as { constrainedMemory?: () => number | undefined }
  // 0 and undefined mean that the runtime does not know.
  const limit = Math.min(constrainedMemory?.() || Number.POSITIVE_INFINITY, cgroupLimit())
  // "No limit" comes as one of several numbers, all larger than any machine.
  return limit < totalmem() ? limit : Number.POSITIVE_INFINITY
}

function numberFromEnvironment(name: string, min: number, max: number): number | undefined {
  const text = process.env[name]
  if (text === undefined || text === '') return undefined
  const value = Number(text)
  if (/^\d+$/.test(text) && value >= min && value <= max) return value
  process.emitWarning(`${name} must be an integer from ${min} to ${max}. Ignored: ${JSON.stringify(text)}`, {
    type: 'HoldfastWarning',
    code: 'HOLDFAST_CONFIG',
  })
  return undefined
}
