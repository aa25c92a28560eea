import { constants } from 'node:buffer'
import { outOfRange } from '../validate.js'

/** A longer map cannot have a view: on Node 20 an ArrayBuffer above it crashes. */
export const MAX_MAP_LENGTH = constants.MAX_LENGTH

/** native/binding/map_binding.h */
const Cell = { offset: 0, length: 1, longest: 2, fileSize: 3, byteLength: 4 } as const

/** What native code says when the range cannot be mapped. */
export const OUT_OF_RANGE = -1

/** The part of a file that is to be mapped. Native code fills in what only the file tells. */
export class FileRange {
  readonly cells: Float64Array

  /** @param length undefined: to the end of the file */
  constructor(offset: number, length: number | undefined) {
    this.cells = Float64Array.of(offset, length ?? -1, MAX_MAP_LENGTH, 0, 0)
  }

  /** How many bytes it has in the file that was opened. */
  get byteLength(): number {
    return this.cells[Cell.byteLength] as number
  }

  /** Why native code could not map it. */
  toError(): RangeError {
    const [offset, length, longest, fileSize] = this.cells as unknown as [number, number, number, number]
    if (offset > fileSize) return outOfRange('options.offset', `>= 0 && <= ${fileSize}, the size of the file`, offset)
    const most = Math.min(fileSize - offset, longest)
    if (length >= 0) return outOfRange('options.length', `>= 0 && <= ${most}`, length)
    return outOfRange('options.length', `given, and <= ${most}: a longer map has no view`, undefined)
  }
}
