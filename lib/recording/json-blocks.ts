import type { StackFrame } from '../live-handle.js'
import type { RecordingEnd, RecordingHeader } from './recording.js'

// What blocks of JSON must look like. Their check says that they are as they were written, not that it was us who
// wrote them.

/** What keeps the handles of one site alive, in words: the content of a block of holders. */
export interface SiteHolders {
  kind: string
  stack: readonly StackFrame[]
  /** One for each way. */
  lines: readonly string[]
}

/** Types by the names of properties. */
type Shape = Readonly<Record<string, (value: unknown) => boolean>>

const isString = (value: unknown): boolean => typeof value === 'string'
/** Also of times and lengths: what cannot be counted up to is none. */
const isCount = (value: unknown): boolean =>
  Number.isFinite(value) && (value as number) >= 0 && isSmall(value as number)
const isSmall = (value: number): boolean => value <= Number.MAX_SAFE_INTEGER
const optional =
  (is: (value: unknown) => boolean) =>
  (value: unknown): boolean =>
    value === undefined || is(value)
const listOf =
  (is: (value: unknown) => boolean) =>
  (value: unknown): boolean =>
    Array.isArray(value) && value.every(is)
const shaped =
  (shape: Shape) =>
  (value: unknown): boolean =>
    typeof value === 'object' &&
    value !== null &&
    Object.entries(shape).every(([name, is]) => is((value as Record<string, unknown>)[name]))

const isFrame = shaped({ functionName: isString, file: isString, line: isCount, column: isCount })

export const isHeader = shaped({
  version: isCount,
  library: isString,
  runtime: isString,
  pid: isCount,
  command: listOf(isString),
  directory: isString,
  startedAt: isCount,
  level: isString,
  sampleInterval: isCount,
}) as (value: unknown) => value is RecordingHeader

export const isEnd = shaped({
  at: isCount,
  exitCode: optional(Number.isInteger),
  signal: optional(isString),
}) as (value: unknown) => value is RecordingEnd

export const isNote = shaped({ text: isString }) as (value: unknown) => value is { text: string }

export const isHolders = shaped({
  sites: listOf(shaped({ kind: isString, stack: listOf(isFrame), lines: listOf(isString) })),
}) as (value: unknown) => value is { sites: SiteHolders[] }
