import { type KindNumber, native, Signal } from './binding.js'
import { OutOfMemoryError } from './errors.js'

// A kind is what handles are counted by. Its number is the same in every thread of the process.

/** The columns of a counter row: native/core/ledger.h. */
export const Column = {
  live: 0,
  liveBytes: 1,
  peakLive: 2,
  peakLiveBytes: 3,
  opened: 4,
  disposed: 5,
  finalized: 6,
  transferredIn: 7,
  transferredOut: 8,
} as const
export const COLUMNS = 9
export const KINDS_PER_PAGE = 64

/** The row that belongs to no kind: live, live bytes and their peaks over all kinds. */
export const ALL_KINDS = 0 as KindNumber

/** Memory that native code writes and JavaScript reads without a call. */
const pages: Float64Array[] = [native.counterPage(0)]

const numbersByName = new Map<string, KindNumber>()
const numbersByClass = new WeakMap<NamedClass, KindNumber>()

/** A class, as far as counting is concerned. */
export interface NamedClass {
  readonly name: string
}

/** The class's static `kind`, or its name; an anonymous class goes by the name of what it extends. */
export function kindNameOf(type: NamedClass): string {
  const { kind } = type as { kind?: unknown }
  if (typeof kind === 'string' && kind !== '') return kind
  let named = type
  while (named.name === '') named = Object.getPrototypeOf(named) as NamedClass
  return named.name
}

// Most programs open many handles of one class in a row, and a WeakMap costs ten times this comparison.
let lastClass: NamedClass | undefined
let lastKind: KindNumber

export function kindOf(type: NamedClass): KindNumber {
  if (type === lastClass) return lastKind
  let kind = numbersByClass.get(type)
  if (kind === undefined) {
    kind = registerKind(kindNameOf(type))
    numbersByClass.set(type, kind)
  }
  lastClass = type
  lastKind = kind
  return kind
}

function registerKind(name: string): KindNumber {
  const known = numbersByName.get(name)
  if (known !== undefined) return known
  const number = native.registerKind(name)
  if (number === undefined) throw new OutOfMemoryError(KINDS_PER_PAGE * COLUMNS * Float64Array.BYTES_PER_ELEMENT)
  const page = Math.floor(number / KINDS_PER_PAGE)
  pages[page] = native.counterPage(page)
  numbersByName.set(name, number)
  return number
}

const namesByNumber: string[] = []

/** The name of a kind of any thread. */
export function kindNameOfNumber(kind: KindNumber): string {
  namesByNumber[kind] ??= native.kindName(kind)
  return namesByNumber[kind]
}

/** The number of a kind that this thread has used; undefined for any other. */
export function knownKind(name: string): KindNumber | undefined {
  return numbersByName.get(name)
}

export function knownKinds(): Iterable<[string, KindNumber]> {
  return numbersByName
}

export function readCounter(kind: KindNumber, column: number): number {
  const page = pages[Math.floor(kind / KINDS_PER_PAGE)] as Float64Array
  return page[(kind % KINDS_PER_PAGE) * COLUMNS + column] as number
}

const totals = pages[0] as Float64Array

const signals = native.signals()

/**
 * Counts the handle without bytes in that slot as closed by the program, as native code would
 * (native/core/ledger.cc), and tells it so. Calls nothing: it is done wholly or not at all, also when its thread
 * is terminated.
 */
export function countDisposed(kind: KindNumber, slot: number): void {
  const page = pages[(kind / KINDS_PER_PAGE) | 0] as Float64Array
  const row = (kind % KINDS_PER_PAGE) * COLUMNS
  signals[Signal.countedSlot] = slot + 1
  // In this order: whoever reads from another thread never finds more closed than opened.
  ;(page[row + Column.live] as number)--
  ;(page[row + Column.disposed] as number)++
  ;(totals[Column.live] as number)--
}

export function liveTotal(): number {
  return totals[Column.live] as number
}

export function liveBytesTotal(): number {
  return totals[Column.liveBytes] as number
}
