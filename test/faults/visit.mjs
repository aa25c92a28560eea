// Runs one scenario with its n-th call failing, n = 1, 2, … until none is left; prints what it found as JSON.
//
//   node test/faults/visit.mjs <name of the scenario>
//
// Each point is visited several times: what the library keeps for reuse it has by the second time, and what grows
// after that is lost.
import { readdirSync, rmSync } from 'node:fs'
import { GC, handleStatistics } from 'holdfast'
import { native } from '../../dist/binding.js'
import { imbalance } from '../support/in-child.mjs'
import { folder, keptBlocks, onFaultsOff, scenarios, startsAfter } from './scenarios.mjs'

const [name] = process.argv.slice(2)
const scenario = scenarios[name]
const isSlow = name.includes('worker')
const VISITS = isSlow ? 1 : 3
const MOST_POINTS = 2000

const kept = keptBlocks[name] ?? 0

/** With the numbers of test/native/faults/faults.h. */
const MODES = { 'from the': 2, 'only the': 1, 'interrupted in the': 3 }

const MEMORY = 'ERR_MEMORY_ALLOCATION_FAILED'
/** What may be told of a call that failed, by the beginning of its name. */
const CODES = [
  [/^(malloc|calloc|realloc|napi_(?!detach)|mmap|atexit|at_quick_exit|sigaction|fdopendir)/, [MEMORY, 'ENOMEM']],
  [/^(mprotect|mlock|madvise)/, ['ENOMEM', MEMORY]],
  [/^(open|shm_open)/, ['EMFILE', MEMORY]],
  [/^(fstat|p?read|msync|fsync)/, ['EIO']],
  [/^(ftruncate|posix_fallocate|p?write)/, ['ENOSPC']],
  [/^(close|closedir)/, ['EIO']],
  [/^(munmap|lstat)/, ['ENOMEM']],
  [/^shm_unlink/, ['EACCES']],
  // As when the program has marked the ArrayBuffer.
  [/^napi_detach/, ['ERR_HOLDFAST_INVALID_OPERATION']],
]

const problems = []
const strays = []
process.on('unhandledRejection', (error) => strays.push(error))
process.on('uncaughtException', (error) => strays.push(error))

/** The codes of everything that an error speaks of. */
function codesOf(error) {
  if (error === undefined || error === null) return []
  if (error.code === 'ERR_HOLDFAST_RELEASE' && error.cause !== undefined) return codesOf(error.cause)
  if ('suppressed' in error) return [...codesOf(error.error), ...codesOf(error.suppressed)]
  return [error.code ?? `${error}`]
}

function codesFor(refused) {
  return CODES.find(([pattern]) => pattern.test(refused))?.[1] ?? []
}

const ANY_CODE = new Set(CODES.flatMap(([, codes]) => codes))

function isRight(code, mode, refused) {
  if (isSlow && code === 'ERR_HOLDFAST_INITIALIZATION') return true
  return mode === MODES['only the'] ? codesFor(refused).includes(code) : ANY_CODE.has(code)
}

async function settle() {
  native.trimMemory()
  for (let round = 0; round < 2; round++) {
    GC.collect()
    await GC.waitForPendingFinalizers()
    await new Promise((resolve) => setImmediate(resolve))
  }
  native.trimMemory()
}

const NAME = `holdfast-faults-${process.pid}`
const namesLeft = () => readdirSync('/dev/shm').filter((entry) => entry.includes(NAME))

function inventory() {
  const { live, liveBytes } = handleStatistics({ scope: 'process' })
  const [blocks, mappedBytes, descriptors, references, asyncWorks] = native.outstanding()
  return {
    ...{ live, liveBytes, blocks, mappedBytes, descriptors, references, asyncWorks },
    openFiles: readdirSync('/proc/self/fd').length,
  }
}

function differences(before, after) {
  const growth = (what) => after[what] - before[what]
  const changed = Object.keys(before).filter(
    (what) => growth(what) < 0 || growth(what) > (what === 'blocks' ? kept : 0),
  )
  return changed.map((what) => `${what} ${before[what]} → ${after[what]}`).join(', ')
}

/** One run. @returns how many points it visited, and what was refused and thrown */
async function run(mode, point) {
  let error
  let threw = false
  let visited = 0
  const stop = () => {
    visited = Math.max(visited, native.disarmFaults())
  }
  onFaultsOff(stop)
  native.armFaults(mode, point)
  try {
    await scenario()
  } catch (caught) {
    threw = true
    error = caught
  } finally {
    stop()
  }
  return { visited, refused: native.lastRefused(), threw, error }
}

function note(where, refused, what) {
  problems.push(`${where} point (${refused || 'none refused'}): ${what}`)
}

function checkOutcome(where, mode, { refused, threw, error }) {
  if (!threw) return
  if (refused === '') return note(where, refused, `threw although nothing was refused: ${error?.stack}`)
  if (mode === MODES['interrupted in the'])
    return note(where, refused, `an interruption is no failure: ${error?.stack}`)
  const wrong = codesOf(error).filter((code) => !isRight(code, mode, refused))
  if (wrong.length > 0) note(where, refused, `the wrong error: ${wrong.join(', ')}\n${error?.stack}`)
}

/** A name stays when nobody knows whose segment it means, and then somebody has to say so. */
function checkNames(where, mode, { refused, threw }) {
  for (const left of namesLeft()) {
    if (!threw || (mode === MODES['only the'] && refused !== 'lstat64')) note(where, refused, 'a name is left')
    rmSync(`/dev/shm/${left}`)
  }
}

async function visitPoint(mode, where, point) {
  let before
  let outcome
  for (let visit = 1; visit <= VISITS; visit++) {
    const { live, liveBytes } = handleStatistics({ scope: 'process' })
    outcome = await run(mode, point)
    checkOutcome(where, mode, outcome)
    await settle()
    const after = inventory()
    if (after.live !== live || after.liveBytes !== liveBytes) {
      note(where, outcome.refused, `live ${live} → ${after.live}, bytes ${liveBytes} → ${after.liveBytes}`)
    }
    checkNames(where, mode, outcome)
    const off = imbalance(handleStatistics({ scope: 'process' }))
    if (off !== 0) note(where, outcome.refused, `the counters are off by ${off}`)
    if (visit === VISITS && VISITS > 1 && differences(before, after) !== '') {
      note(where, outcome.refused, `left behind: ${differences(before, after)}`)
    }
    before = after
  }
  for (const error of strays.splice(0)) note(where, outcome.refused, `nobody caught ${error?.stack}`)
  if (!isSlow) await checkThatItStillWorks(where, outcome.refused)
  return outcome.visited >= point
}

async function checkThatItStillWorks(where, refused) {
  const { threw, error } = await run(MODES['only the'], 0)
  if (threw) note(where, refused, `afterwards it does not work any more: ${error?.stack}`)
}

let first = 1
if (name in startsAfter) {
  native.armFaults(MODES['only the'], 0)
  await scenarios[startsAfter[name]]()
  first = native.disarmFaults()
}

let points = 0
for (const [words, mode] of Object.entries(MODES)) {
  for (let point = mode === MODES['interrupted in the'] ? 1 : first; ; point++) {
    if (!(await visitPoint(mode, `${words} ${point}.`, point))) break
    points++
    if (point === MOST_POINTS) {
      problems.push('it does not come to an end')
      break
    }
  }
}
rmSync(folder, { recursive: true, force: true })
console.log(JSON.stringify({ points, problems }))
process.exit(0)
