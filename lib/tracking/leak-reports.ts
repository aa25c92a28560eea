import { HandleLeakError } from '../errors.js'
import { formatBytes } from '../format-bytes.js'
import type { LiveHandle } from '../live-handle.js'
import { hasShutdownStarted } from '../thread-end.js'
import { emitWarning } from '../warnings.js'
import { describeFrame, placeOf, textOf } from './stack-text.js'

// One warning for each place that leaks. It is given when the code that runs is done, so that a loop that leaks a
// thousand handles is told of once, with the thousand.

/** What has leaked from one place since the last report. */
interface Leak {
  readonly kind: string
  /** undefined: nobody knows the place. */
  readonly place: string | undefined
  count: number
  bytes: number
  /** The first of them. */
  readonly handle: LiveHandle
}

/** Handles that one HandleLeakError carries. */
const MAX_CARRIED = 1000
/** Places that are remembered as reported. */
const MAX_PLACES = 10_000

const isStrict = process.env['HOLDFAST_STRICT'] === '1'

const reported = new Set<string>()
const waiting = new Map<string, Leak>()
let carried: LiveHandle[] = []
let isExitAwaited = false

/** A handle was collected that nobody had disposed of. */
export function noteLeak(handle: LiveHandle): void {
  const { kind, bytes, stack } = handle
  const place = stack?.[0] && placeOf(stack[0])
  const key = `${kind}\n${place}`
  if (reported.has(key) && !isStrict) return
  if (isStrict && carried.length < MAX_CARRIED) carried.push(handle)
  const leak = waiting.get(key)
  if (leak === undefined) {
    waiting.set(key, { kind, place, count: 1, bytes, handle })
    if (waiting.size === 1) awaitReport()
  } else {
    leak.count++
    leak.bytes += bytes
  }
}

function awaitReport(): void {
  process.nextTick(reportLeaks)
  if (isExitAwaited) return
  isExitAwaited = true
  // Where the program ends before the next tick.
  process.once('exit', reportLeaks)
}

/** Says what there is to say, now. */
export function reportLeaks(): void {
  const leaks = [...waiting.values()]
  const handles = carried
  waiting.clear()
  carried = []
  if (leaks.length === 0) return
  if (isStrict) fail(leaks, handles)
  else for (const leak of leaks) warn(leak)
}

function warn(leak: Leak): void {
  if (reported.size === MAX_PLACES) reported.clear()
  reported.add(`${leak.kind}\n${leak.place}`)
  emitWarning(describe(leak), { type: 'HandleLeakWarning', code: 'HOLDFAST_LEAK', detail: detailOf(leak.handle) })
}

/** @throws HandleLeakError, into nobody's hands: an uncaught exception */
function fail(leaks: Leak[], handles: LiveHandle[]): void {
  const error = new HandleLeakError(leaks.map(describe).join('\n'), handles)
  const detail = leaks.flatMap((leak) => [describe(leak), detailOf(leak.handle)]).filter(Boolean)
  error.stack = `${error.name}: ${detail.join('\n')}`
  if (!hasShutdownStarted()) throw error
  // Nothing is thrown in the middle of the end of the thread: other handles are still to be released.
  process.exitCode ||= 1
  for (const leak of leaks) warn(leak)
}

function describe({ kind, place, count, bytes, handle }: Leak): string {
  const size = bytes === 0 ? '' : ` (${formatBytes(bytes)})`
  const what =
    count === 1
      ? `A handle of kind ${kind}${size} was collected`
      : `${count} handles of kind ${kind}${size} were collected`
  const those = count === 1 ? 'it' : 'them'
  if (place === undefined) {
    return `${what} that nobody had disposed of. To learn where they are opened, set HOLDFAST_TRACKING=full in the environment, or tracking.level = 'full'.`
  }
  const where = `opened at ${describeFrame(handle.stack?.[0] as NonNullable<LiveHandle['stack']>[number])}`
  return `${what} that nobody had disposed of, ${where}. Put ${those} in a \`using\` declaration, or call dispose().`
}

function detailOf({ stack = [], lastTouches = [] }: LiveHandle): string {
  if (stack.length === 0) return ''
  const touched = lastTouches.map(({ hint, stack }) => {
    const how = hint === undefined ? 'Touched here:' : `Touched here (${hint}):`
    return `${how}\n${textOf(stack)}`
  })
  return [...touched, `Opened here:\n${textOf(stack)}`].join('\n')
}

/** A sweep had no memory to note which handles it found. */
export function noteUnknownLeaks(count: number): void {
  const message = `${count} handles were collected that nobody had disposed of. There was no memory to note which.`
  emitWarning(message, { type: 'HandleLeakWarning', code: 'HOLDFAST_LEAK' })
}
