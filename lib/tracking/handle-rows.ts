import { type KindNumber, native } from '../binding.js'
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

function rowsFrom(cells: Float64Array, start: number): HandleRow[] {
  const rows: HandleRow[] = []
  for (let index = start; index < cells.length; index += CELLS) rows.push(rowAt(cells, index))
  return rows
}

const scratch = new Float64Array(CELLS)

/** undefined for a handle that is not open. */
export function describeHandle(slot: number, generation: number): HandleRow | undefined {
  return native.describeHandle(slot, generation, scratch) ? rowAt(scratch, 0) : undefined
}

/** Everything that counts as live, in the order of opening; undefined when there is no memory for that. */
export function liveRows(): HandleRow[] | undefined {
  const cells = native.liveHandles()
  return cells && rowsFrom(cells, 0).reverse()
}

/** What sweeps have closed since the last time, and of how many there was no memory to note which. */
export function takeFinalizations(): { rows: HandleRow[]; missing: number } {
  const cells = native.takeFinalizations()
  if (cells === undefined) return { rows: [], missing: 0 }
  return { rows: rowsFrom(cells, 1), missing: cells[0] as number }
}
