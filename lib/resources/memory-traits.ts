import type { KindNumber } from '../binding.js'
import { checkBoolean, checkInteger, checkOptions, outOfRange } from '../validate.js'

/** How the memory of a `NativeBuffer` is made. */
export interface NativeBufferOptions {
  /** Whether every byte is 0 at first. False is faster, and shows what the memory held before. Default true. */
  zeroed?: boolean
  /**
   * What `address` is a multiple of, in bytes: a power of two up to 2 MiB. Default 64.
   *
   * When you rely on it, say it, also if it is 64: a buffer without a stated alignment whose `bytes` are
   * taken before its `address` may live in memory of the engine, which is aligned to 16.
   */
  alignment?: number
}

const DEFAULT_ALIGNMENT = 64
const MAX_ALIGNMENT = 2 ** 21
/** What memory of the engine is aligned to on every supported runtime. */
export const ENGINE_ALIGNMENT = 16

declare const memoryTraits: unique symbol
/**
 * Everything about a buffer's memory but its size, in one number:
 *
 *   | may lie anywhere (1 bit) | zeroed (1 bit) | log2 of the alignment (5 bits) | kind (16 bits) |
 *
 * native/binding/memory_binding.cc unpacks the lower three.
 */
export type MemoryTraits = number & { readonly [memoryTraits]: never }

const KIND = 0xffff
const ALIGNMENT_SHIFT = 16
const ZEROED = 1 << 21
const ANYWHERE = 1 << 22
const DEFAULTS = (Math.log2(DEFAULT_ALIGNMENT) << ALIGNMENT_SHIFT) | ZEROED | ANYWHERE

export function packTraits(kind: KindNumber, options: NativeBufferOptions | undefined): MemoryTraits {
  if (options === undefined) return (DEFAULTS | kind) as MemoryTraits
  checkOptions('options', options)
  const { zeroed, alignment } = options
  let traits = DEFAULTS | kind
  if (zeroed !== undefined) {
    checkBoolean('options.zeroed', zeroed)
    if (!zeroed) traits &= ~ZEROED
  }
  if (alignment !== undefined) traits = withAlignment(traits, alignment)
  return traits as MemoryTraits
}

/** The same traits, counted as another kind. */
export function withKind(traits: number, kind: KindNumber): MemoryTraits {
  return ((traits & ~KIND) | kind) as MemoryTraits
}

function withAlignment(traits: number, alignment: number): number {
  checkInteger('options.alignment', alignment, 1, MAX_ALIGNMENT)
  if ((alignment & (alignment - 1)) !== 0) throw outOfRange('options.alignment', 'a power of two', alignment)
  const kindAndZeroed = traits & (ZEROED | 0xffff)
  const anywhere = alignment <= ENGINE_ALIGNMENT ? ANYWHERE : 0
  return kindAndZeroed | (Math.log2(alignment) << ALIGNMENT_SHIFT) | anywhere
}

export function alignmentOf(traits: MemoryTraits): number {
  return 2 ** ((traits >> ALIGNMENT_SHIFT) & 31)
}

/** Whether memory of the engine will do as it comes. */
export function mayLieAnywhere(traits: MemoryTraits): boolean {
  return (traits & ANYWHERE) !== 0
}
