import { native } from './binding.js'
import { liveBytesTotal } from './kinds.js'
import { checkInteger } from './validate.js'

/** What the program has added in this thread and not removed. */
let added = 0

function setAdded(bytes: number): void {
  added = bytes
  native.setMemoryPressure(bytes)
}

export function addMemoryPressure(bytes: number): void {
  checkInteger('bytes', bytes, 1, Number.MAX_SAFE_INTEGER)
  // Of two safe integers the sum is exact up to the greatest, and not below it beyond.
  setAdded(Math.min(added + bytes, Number.MAX_SAFE_INTEGER))
}

export function removeMemoryPressure(bytes: number): void {
  checkInteger('bytes', bytes, 1, Number.MAX_SAFE_INTEGER)
  setAdded(Math.max(added - bytes, 0))
}

export function memoryPressure(): number {
  return Math.min(added + liveBytesTotal(), Number.MAX_SAFE_INTEGER)
}
