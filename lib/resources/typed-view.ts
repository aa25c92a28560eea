import { Buffer } from 'node:buffer'
import { checkInteger, invalidType, outOfRange } from '../validate.js'

/** A typed array class, `Buffer`, or `DataView`. */
export interface ViewConstructor<V extends ArrayBufferView> {
  /** Tells the compiler what it constructs. */
  readonly prototype: V
  /** The size of an element; `DataView` has none. */
  readonly BYTES_PER_ELEMENT?: number
}

type Construct<V> = new (arrayBuffer: ArrayBuffer, byteOffset: number, length: number) => V

const TypedArray = Object.getPrototypeOf(Uint8Array) as { new (): object }

/** undefined for what is none of these. */
export function elementSizeOf(type: unknown): number | undefined {
  if (typeof type !== 'function') return undefined
  if (type === DataView || type.prototype instanceof DataView) return 1
  if (!(type.prototype instanceof TypedArray)) return undefined
  return (type as unknown as { BYTES_PER_ELEMENT: number }).BYTES_PER_ELEMENT
}

/**
 * @param start where the bytes begin in the ArrayBuffer, and `size` how many they are
 * @param byteOffset where the view begins among them, and `length` how many elements it has
 */
export function makeView<V extends ArrayBufferView>(
  type: ViewConstructor<V>,
  arrayBuffer: ArrayBuffer,
  start: number,
  size: number,
  byteOffset: number,
  length: number | undefined,
): V {
  const elementSize = elementSizeOf(type)
  if (elementSize === undefined) throw invalidType('type', 'a TypedArray class, Buffer or DataView', type)
  checkInteger('byteOffset', byteOffset, 0, size)
  if (byteOffset % elementSize !== 0) throw outOfRange('byteOffset', `a multiple of ${elementSize}`, byteOffset)
  const available = size - byteOffset
  if (length === undefined && available % elementSize !== 0) {
    throw outOfRange(
      'length',
      `given, since the ${available} bytes from byteOffset on are no multiple of ${elementSize}`,
      length,
    )
  }
  const elements = length ?? available / elementSize
  checkInteger('length', elements, 0, Math.floor(available / elementSize))
  // The constructor of Buffer is deprecated and says so on standard error.
  if ((type as unknown) === Buffer) return Buffer.from(arrayBuffer, start + byteOffset, elements) as unknown as V
  return new (type as unknown as Construct<V>)(arrayBuffer, start + byteOffset, elements)
}
