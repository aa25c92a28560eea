import { randomUUID } from 'node:crypto'
import { type HandleId, type KindNumber, native } from '../binding.js'
import { InvalidOperationError } from '../errors.js'
import { HandleToken, withId } from '../handle-token.js'
import { outOfMemory } from '../native-limit.js'
import { withReclamation } from '../refusal.js'
import { invalidType } from '../validate.js'
import { type MemoryTraits, withKind } from './memory-traits.js'

/**
 * A resource on its way from one thread of the process to another: made by `buffer.transfer()`, posted like
 * any other message, and taken over, once, by `NativeBuffer.receive()`.
 */
export interface HandleTransfer {
  /** What the resource was counted as. */
  readonly kind: string
  /** How many bytes are on their way. */
  readonly byteLength: number
  /** Whoever has it can receive the resource. Nobody can guess it. */
  readonly token: string
}

/** What `NativeBuffer` is constructed with when its memory comes from elsewhere. */
export class Receiving {
  readonly transfer: unknown

  constructor(transfer: unknown) {
    this.transfer = transfer
  }
}

interface Received {
  readonly token: HandleToken
  readonly byteLength: number
  readonly traits: MemoryTraits
}

export function newTransfer(kind: string, byteLength: number): HandleTransfer {
  return Object.freeze({ kind, byteLength, token: randomUUID() })
}

/** What native code tells of what has arrived: native/binding/transfer_binding.cc. */
const arrival = new Float64Array(3)

const TOKEN = /^[0-9a-f-]{36}$/

/**
 * @throws TypeError for what is no transfer
 * @throws InvalidOperationError when it was received already, or its sender has ended
 * @throws OutOfMemoryError when there is no memory to keep track of it; it can still be received
 */
export function receiveMemory({ transfer }: Receiving, kind: KindNumber): Received {
  const { token } = (typeof transfer === 'object' && transfer !== null ? transfer : {}) as Partial<HandleTransfer>
  if (typeof token !== 'string' || !TOKEN.test(token)) throw invalidType('transfer', 'a HandleTransfer', transfer)
  const owner = new HandleToken()
  const arrived = withReclamation(() => {
    const received = native.receiveMemory(owner, token, kind, arrival)
    if (received === undefined) {
      throw new InvalidOperationError(
        'There is nothing to receive: this transfer was received already, or the thread that sent it has ended.',
      )
    }
    return received || undefined
  })
  if (arrived === undefined) throw outOfMemory(0)
  const [id, byteLength, traits] = arrival as unknown as [HandleId, number, MemoryTraits]
  withId(owner, id)
  return { token: owner, byteLength, traits: withKind(traits, kind) }
}
