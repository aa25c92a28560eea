// For scripts that test/support/child.ts runs.
import { openSync, readSync, writeSync } from 'node:fs'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { FinalizableObject, GC, SafeHandle } from 'holdfast'

/** The result of the script: its last line. */
export function report(value) {
  writeSync(1, `${JSON.stringify(value)}\n`)
}

/** Writes a line at once, from any thread and also while the process ends. */
export function say(line) {
  writeSync(1, `${line}\n`)
}

/** Lets the event loop turn. */
export async function turns(count) {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve))
}

/** The collector of the engine, without any help from the library. */
export function engineGc() {
  setFlagsFromString('--expose-gc')
  const gc = runInNewContext('gc')
  setFlagsFromString('--no-expose-gc')
  return gc
}

/** A handle whose release JavaScript does: its value is a number, and releases are recorded. */
export class Probe extends SafeHandle {
  static kind = 'Probe'
  /** How often each value was released. */
  static releases = new Map()
  static onRelease = (_value) => {}

  static releaseHandle(value) {
    Probe.releases.set(value, (Probe.releases.get(value) ?? 0) + 1)
    Probe.onRelease(value)
  }

  constructor(value, byteLength = 0) {
    super(-1)
    this.setHandle(value, byteLength)
  }
}

/** The same as an object with a finalizer. */
export class Finalizable extends FinalizableObject {
  constructor(value) {
    super(value, Probe.releaseHandle)
  }
}

/** How many values were released, and how many of them more than once. */
export function releaseCounts() {
  const counts = [...Probe.releases.values()]
  return { released: counts.length, moreThanOnce: counts.filter((count) => count > 1).length }
}

/** What the identity of api.md §3 is off by; 0 when it holds. */
export function imbalance({ opened, live, disposed, finalized, transferredIn, transferredOut }) {
  return opened - (live + disposed + finalized + transferredOut - transferredIn)
}

/** Resident memory now, in MiB. */
export function residentMiB() {
  return process.memoryUsage.rss() / 2 ** 20
}

/** Takes the memory of an ArrayBuffer into another one without copying. */
export const escapes = {
  transfer: async (arrayBuffer) => new Uint8Array(arrayBuffer.transfer()),
  byob: async (arrayBuffer) => {
    const stream = new ReadableStream({
      type: 'bytes',
      pull: (controller) => controller.byobRequest.respond(controller.byobRequest.view.byteLength),
    })
    const { value } = await stream.getReader({ mode: 'byob' }).read(new Uint8Array(arrayBuffer))
    return value
  },
}

/** Makes the engine find everything that is dead, and releases it. */
export async function settle() {
  for (let round = 0; round < 3; round++) {
    GC.collect()
    await GC.waitForPendingFinalizers()
  }
}

/** The code of what a function throws; 'none' when it does not. */
export function codeOf(body) {
  try {
    body()
    return 'none'
  } catch (error) {
    return error.code
  }
}

/** What lies at an address of this process, as text; undefined where the system does not tell. */
export function peek(address, byteLength) {
  if (process.platform !== 'linux') return undefined
  const bytes = Buffer.alloc(byteLength)
  readSync(openSync('/proc/self/mem'), bytes, 0, byteLength, address)
  return bytes.toString('latin1')
}
