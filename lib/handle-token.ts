import { generationOf, type HandleId, native, slotOf } from './binding.js'
import { countedBy, grown, type HandleCollector, shrunk } from './collectors/handle-collector.js'

/**
 * What the native table watches in place of an object that owns a handle: something that only the object
 * knows, and that dies with it. Making and deleting a weak reference is the dearest part of opening and
 * closing a handle, so the token of a handle that was disposed goes to the next one, reference and slot
 * and all.
 *
 * Native code lets a token be used again until the next collection. After that the token is in the old
 * space, where only a major collection would find it dead, and with it its object.
 */
export class HandleToken {
  /** The two halves of the id: small integers, which need no memory of their own. */
  slot: number
  generation: number
  /**
   * Who has to be told when the end of the thread releases the handle; for handles that JavaScript
   * releases. The two refer to each other, and to the engine they are one.
   */
  owner: object | undefined
  /** What counts the handle besides its kind. */
  collector: HandleCollector | undefined

  constructor() {
    this.slot = 0
    this.generation = 0
    this.owner = undefined
    this.collector = undefined
  }
}

export function idOf(token: HandleToken): HandleId {
  return (token.generation * 2 ** 32 + token.slot) as HandleId
}

// In the order in which native code will take them, the last one first.
const reusable: HandleToken[] = []
/** Native code keeps no more for reuse: kMaxReserved in native/core/handle_table.h. */
const MAX_RESERVED = 256

export function takeReusable(): HandleToken | undefined {
  return reusable.pop()
}

/** Native code has refused one: there was a collection, and none of them can be used again. */
export function dropReusable(): void {
  reusable.length = 0
}

/** Gives a new token the id of the handle that was opened for it. undefined when none was. */
export function withId(token: HandleToken, id: HandleId): HandleToken | undefined {
  if (id === 0) return undefined
  token.slot = slotOf(id)
  token.generation = generationOf(id)
  return token
}

/** @param answer what `closeForReuse` said; @returns false when the handle was not open any more */
export function afterClose(token: HandleToken, answer: boolean | undefined): boolean {
  token.owner = undefined
  const { collector } = token
  if (collector !== undefined) {
    token.collector = undefined
    collector[shrunk]()
  }
  if (answer === undefined) keepForReuse(token)
  return answer !== false
}

/** Where handles are closed that never take one, they would pile up: older ones than those are of no use. */
function keepForReuse(token: HandleToken): void {
  if (reusable.push(token) > 2 * MAX_RESERVED) reusable.splice(0, MAX_RESERVED)
}

/** Lets a collector count the handle until it is closed, and collect if it thinks fit. */
export function connect(token: HandleToken, collector: HandleCollector): void {
  token.collector = collector
  native.tallyHandle(token.slot, token.generation, collector[countedBy]())
  collector[grown]()
}
