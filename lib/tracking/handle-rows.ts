import { type HandleId, type KindNumber, native } from '../binding.js'
import { kindNameOfNumber } from '../kinds.js'

// What native code tells of handles: native/binding/tracking_binding.cc.

export interface HandleRow {
  readonly id: number
  readonly kind: string
  readonly bytes: number
}

const CELLS = 3

function rowAt(cells: Float64Array, index: number): HandleRow {
  const kind = kindNameOfNumber(cells[index + 1] as KindNumber)
  return { id: cells[index] as number, kind, bytes: cells[index + 2] as number }
}

const scratch = new Float64Array(CELLS)

/** undefined for a handle that is not open. */
export function describeHandle(slot: number, generation: number): HandleRow | undefined {
  return native.describeHandle(slot, generation, scratch) ? rowAt(scratch, 0) : undefined
}

/** Everything that counts as live, in the order of opening; undefined when there is no memory for that. */
export function liveRows(): HandleRow[] | undefined {
  const cells = native.liveHandles()
  if (cells === undefined) return undefined
  const rows: HandleRow[] = []
  for (let index = cells.length - CELLS; index >= 0; index -= CELLS) rows.push(rowAt(cells, index))
  return rows
}

/** How many handles of a kind. */
export interface KindTally {
  readonly kind: string
  count: number
  bytes: number
}

/**
 * Takes what sweeps have closed since the last time.
 *
 * @param isWanted whether `visit` is to be called for a handle
 * @returns how many there were of the others, by kind, and of how many there was no memory to note which
 */
export function takeFinalizations(
  isWanted: (id: HandleId) => boolean,
  visit: (row: HandleRow) => void,
): { others: Iterable<KindTally>; missing: number } {
  const cells = native.takeFinalizations() ?? NO_FINALIZATIONS
  const others = new Map<number, KindTally>()
  for (let index = 1; index < cells.length; index += CELLS) {
    if (isWanted(cells[index] as HandleId)) visit(rowAt(cells, index))
    else add(others, cells[index + 1] as KindNumber, cells[index + 2] as number)
  }
  return { others: others.values(), missing: cells[0] as number }
}

const NO_FINALIZATIONS = new Float64Array(1)

function add(tallies: Map<number, KindTally>, number: KindNumber, bytes: number): void {
  const tally = tallies.get(number)
  if (tally === undefined) {
    tallies.set(number, { kind: kindNameOfNumber(number), count: 1, bytes })
    return
  }
  tally.count++
  tally.bytes += bytes
}
