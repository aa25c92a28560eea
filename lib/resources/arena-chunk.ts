import { type HandleId, native } from '../binding.js'
import { OutOfMemoryError } from '../errors.js'
import { prefersEngineMemory } from '../reclamation.js'
import { detach, engineBuffer, externalBuffersRefused, keepAliveWith } from './external-buffers.js'

/** What chunks are aligned to: native/resources/arena.h. */
export const CHUNK_ALIGNMENT = 4096

/** Positions are calculated with in 32 bits. */
const MAX_POSITION = 2 ** 31 - CHUNK_ALIGNMENT

/** A piece of an arena's memory. */
export interface Chunk {
  readonly byteLength: number
  /** undefined while no block was cut since the last reset. */
  arrayBuffer: ArrayBuffer | undefined
  /** Where the chunk begins in the ArrayBuffer. */
  start: number
  /** Where the next block begins in the chunk. */
  position: number
  /** Where blocks may end: 0 while there is no ArrayBuffer. */
  limit: number
  /** How many bytes, from the first, may not be zero. */
  dirty: number
}

export function newChunk(byteLength: number): Chunk {
  return { byteLength, arrayBuffer: undefined, start: 0, position: 0, limit: 0, dirty: 0 }
}

/** Lets blocks be cut from the chunk, whose number in the arena is `index`. @throws OutOfMemoryError */
export function viewChunk(arena: object, id: HandleId, index: number, chunk: Chunk): void {
  const byEngine = externalBuffersRefused() || (chunk.dirty === 0 && prefersEngineMemory(chunk.byteLength))
  const arrayBuffer = byEngine ? moveToEngine(id, index, chunk) : native.viewArenaChunk(id, index, chunk.dirty)
  if (arrayBuffer === undefined) throw new OutOfMemoryError(chunk.byteLength)
  keepAliveWith(arrayBuffer, arena)
  chunk.arrayBuffer = arrayBuffer
  chunk.limit = Math.min(chunk.byteLength, MAX_POSITION)
}

function moveToEngine(id: HandleId, index: number, chunk: Chunk): ArrayBuffer | undefined {
  const arrayBuffer = engineBuffer(chunk.byteLength + CHUNK_ALIGNMENT)
  if (arrayBuffer === undefined) return undefined
  chunk.start = native.moveArenaChunkToEngine(id, index, arrayBuffer) as number
  return arrayBuffer
}

/** Takes all blocks of a chunk back. False, and the arena has the chunk no more, when the memory could not be kept. */
export function retractChunk(id: HandleId, index: number, chunk: Chunk): boolean {
  const { arrayBuffer } = chunk
  if (arrayBuffer === undefined) return true
  chunk.dirty = Math.max(chunk.dirty, chunk.position)
  chunk.arrayBuffer = undefined
  chunk.position = chunk.limit = 0
  return native.retractArenaChunk(id, index, detach(arrayBuffer))
}
