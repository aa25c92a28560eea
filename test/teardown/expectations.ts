import { expect } from 'vitest'
import type { CellResult } from './cell.js'
import { LIFETIMES, type Lifetime } from './fixtures/expected-lifetimes.mjs'

export interface Lines {
  before: number[]
  atEnd: number[]
  /** Of `GC.hasShutdownStarted`: once everything was open, and in a listener for `exit`. */
  shutdownStarted: { open: string | undefined; exit: string | undefined }
  exitCode: number | undefined
  last: string
}

export interface Ending {
  code?: number
  signal?: NodeJS.Signals
  /** What a worker tells its parent. */
  thrown?: string
  /** No more JavaScript runs in the thread that has something open. */
  silent?: boolean
}

const EXIT: Ending = { code: 7 }
const ERROR: Ending = { code: 1 }
const SIGNALS: Record<string, Ending> = {
  SIGTERM: { signal: 'SIGTERM', silent: true },
  SIGKILL: { signal: 'SIGKILL', silent: true },
}

/** Of the process, by its main thread, which has something open. There is no terminate() for that. */
export const ENDINGS_OF_MAIN_THREAD: Record<string, Ending> = {
  'running dry': { code: 0 },
  'process.exit(7)': EXIT,
  'an uncaught error': ERROR,
  'an unhandled rejection': ERROR,
  'a SIGTERM that is handled': EXIT,
  ...SIGNALS,
}

/** Of a worker that has something open. Signals are not sent to threads. */
export const ENDINGS_OF_WORKER: Record<string, Ending> = {
  'running dry': { code: 0 },
  'process.exit(7)': EXIT,
  'an uncaught error': { ...ERROR, thrown: 'thrown on purpose' },
  'an unhandled rejection': { ...ERROR, thrown: 'thrown on purpose' },
  'terminate() when idle': { code: 1, silent: true },
  'terminate() when busy': { code: 1, silent: true },
}

/** Of the process, while a worker has something open. It does not run dry before the worker has ended. */
export const ENDINGS_AROUND_WORKER: Record<string, Ending> = {
  'process.exit(7)': { ...EXIT, silent: true },
  'an uncaught error': { ...ERROR, silent: true },
  'an unhandled rejection': { ...ERROR, silent: true },
  'a SIGTERM that is handled': { ...EXIT, silent: true },
  ...SIGNALS,
}

/** Every process of the matrix, and what its thread is to have said. Workers of one lifetime share a process. */
export function cellsOf(endings: Record<string, Ending>): [string, string, Lifetime, Ending][] {
  return Object.entries(endings).flatMap(([ending, expected]) =>
    Object.entries(LIFETIMES).map(([name, lifetime]): [string, string, Lifetime, Ending] => [
      ending,
      name,
      lifetime,
      expected,
    ]),
  )
}

/** Checks what a thread has said: what was released, once each, and in which order. */
export function checkLines(
  text: string,
  { before = [], atEnd = [], dropped = false }: Lifetime,
  ending: Ending,
): Lines {
  const lines = parseLines(text)
  expect(lines.before, text).toEqual(before)
  if (!ending.silent) expect(lines.atEnd, text).toEqual(atEnd)
  else if (dropped) expect(atEnd, text).toEqual(expect.arrayContaining(lines.atEnd))
  else expect(lines.atEnd, text).toEqual([])
  expect(new Set(lines.atEnd).size, text).toBe(lines.atEnd.length)
  expect(lines.shutdownStarted, text).toEqual({ open: 'false', exit: ending.silent ? undefined : 'true' })
  expect(lines.exitCode, text).toBe(ending.silent ? undefined : ending.code)
  return lines
}

/** Checks how a process has ended, and which names it has left. */
export function checkEnd(result: CellResult, lifetime: Lifetime, { code, signal }: Ending): void {
  expect([result.code, result.signal], result.text).toEqual([code ?? null, signal ?? null])
  // Of an error it tells itself.
  if (code === 1) expect(result.stderr).not.toMatch(/warning|fatal|sanitizer|runtime error/i)
  else expect(result.stderr).toBe('')
  const left = signal !== undefined && lifetime.named !== undefined ? ['the name'] : []
  if (lifetime.named === 'perhaps') expect(left).toEqual(expect.arrayContaining(result.names))
  else expect(result.names, result.text).toEqual(left)
}

/** Reads what one thread of fixtures/end.mjs has written. */
export function parseLines(text: string): Lines {
  const lines = text.trimEnd().split('\n')
  const opened = lines.findIndex((line) => line.startsWith('opened,'))
  const exit = lines.find((line) => line.startsWith('exit '))
  const releases = (some: string[]) =>
    some.filter((line) => line.startsWith('released ')).map((line) => Number(line.slice('released '.length)))
  return {
    before: releases(lines.slice(0, opened)),
    atEnd: releases(lines.slice(opened)),
    shutdownStarted: { open: lines[opened]?.split(': ')[1], exit: exit?.split(': ')[1] },
    exitCode: exit === undefined ? undefined : Number.parseInt(exit.slice('exit '.length), 10),
    last: lines.at(-1) ?? '',
  }
}
