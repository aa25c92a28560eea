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
  count: number
  bytes: number
  /** The first of them, if there is more to tell of it. */
  readonly handle: LiveHandle | undefined
}

/** Handles that one HandleLeakError carries. */
const MAX_CARRIED = 1000
/** Places that are remembered as reported. */
const MAX_PLACES = 10_000

export const isStrict = process.env['HOLDFAST_STRICT'] === '1'

const reported = new Set<string>()
const waiting = new Map<string, Leak>()
let carried: LiveHandle[] = []
let isExitAwaited = false

/** A handle was collected that nobody had disposed of. */
export function noteLeak(handle: LiveHandle): void {
  if (isStrict && carried.length < MAX_CARRIED) carried.push(handle)
  note({ kind: handle.kind, count: 1, bytes: handle.bytes, handle })
}

/** The same for handles of which no more is known. */
export function noteLeaks(kind: string, count: number, bytes: number): void {
  note({ kind, count, bytes, handle: undefined })
}

function note(leak: Leak): void {
  const key = keyOf(leak)
  if (reported.has(key) && !isStrict) return
  const before = waiting.get(key)
  if (before === undefined) {
    waiting.set(key, leak)
    if (waiting.size === 1) awaitReport()
  } else {
    before.count += leak.count
    before.bytes += leak.bytes
  }
}

/** The same for leaks of one kind from one place. */
function keyOf({ kind, handle }: Leak): string {
  const frame = handle?.stack?.[0]
  return frame === undefined ? kind : `${kind} ${placeOf(frame)}`
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
  reported.add(keyOf(leak))
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

function describe({ kind, count, bytes, handle }: Leak): string {
  const size = bytes === 0 ? '' : ` (${formatBytes(bytes)})`
  const what =
    count === 1
      ? `A handle of kind ${kind}${size} was collected`
      : `${count} handles of kind ${kind}${size} were collected`
  const those = count === 1 ? 'it' : 'them'
  const frame = handle?.stack?.[0]
  if (frame === undefined) {
    return `${what} that nobody had disposed of. To learn where they are opened, set HOLDFAST_TRACKING=full in the environment, or tracking.level = 'full'.`
  }
  return `${what} that nobody had disposed of, opened at ${describeFrame(frame)}. Put ${those} in a \`using\` declaration, or call dispose().`
}

function detailOf({ stack = [], lastTouches = [] }: Partial<LiveHandle> = {}): string {
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
