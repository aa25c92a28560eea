import type { HandleCloseMessage } from '../tracking/channels.js'
import { HandleWatch, type HandleWatchOptions } from './handle-watch.js'
import type { ForeignDisposal } from './leak-message.js'
import { isWatchedAlong, openingOf } from './watching.js'

/** Watches the handles of one test: those it opens, and those of others that it disposes of. */
export class TestWatch extends HandleWatch {
  /** Opened meanwhile by what runs beside all tests: who disposes of them is nobody's business. */
  readonly #unclaimed = new Set<number>()
  readonly foreign: ForeignDisposal[]

  constructor(options: HandleWatchOptions) {
    super(options)
    this.foreign = []
  }

  override noteUnclaimed(id: number): void {
    this.#unclaimed.add(id)
  }

  override noteDisposal({ id, kind, bytes }: HandleCloseMessage): boolean {
    const isForeign = this.filter(kind) && !this.#unclaimed.delete(id) && !isWatchedAlong(this.context, id)
    if (isForeign) this.foreign.push({ id, kind, bytes, touches: 0, ...stackOf(id) })
    return true
  }

  override noteClosed(id: number): void {
    super.noteClosed(id)
    this.#unclaimed.delete(id)
  }

  override excuse(ids: readonly number[]): void {
    this.drop(ids)
  }
}

function stackOf(id: number): Pick<ForeignDisposal, 'stack' | 'createdAt'> {
  const opening = openingOf(id)
  if (opening?.stack === undefined) return {}
  return { createdAt: opening.createdAt, stack: opening.stack }
}
