import { generationOf, type HandleId, slotOf } from '../binding.js'
import type { LiveHandle } from '../live-handle.js'
import { reclaim } from '../reclamation.js'
import type { HandleOpenMessage } from '../tracking/channels.js'
import { liveHandle } from '../tracking/creation-records.js'
import { describeHandle } from '../tracking/handle-rows.js'
import type { HandleFilter } from './handle-filter.js'
import { settle } from './settling.js'
import { isWithin, type TestContext } from './test-context.js'
import { isAlone, startWatching, stopWatching, type Watch, watches } from './watching.js'

export interface HandleWatchOptions {
  /** Handles opened within it are watched; undefined: all of this thread. */
  readonly context: TestContext | undefined
  readonly filter: HandleFilter
  /**
   * Whether handles opened further out are watched as well, as long as nobody else could be meant: by a server
   * that an earlier hook has started, for example.
   */
  readonly takesStrays: boolean
}

/** Handles that were left: not disposed of, and perhaps collected meanwhile. */
export interface HandlesLeft {
  readonly live: readonly LiveHandle[]
  readonly collected: readonly LiveHandle[]
}

/** Watches handles from its construction until its end. */
export class HandleWatch implements Watch {
  readonly context: TestContext | undefined
  protected readonly filter: HandleFilter
  readonly #takesStrays: boolean
  /** In the order of opening. */
  readonly #open = new Map<number, HandleOpenMessage>()
  readonly #collected = new Map<number, LiveHandle>()
  readonly #openedByKind = new Map<string, number>()

  constructor({ context, filter, takesStrays }: HandleWatchOptions) {
    this.context = context
    this.filter = filter
    this.#takesStrays = takesStrays
    startWatching()
    watches.add(this)
  }

  /** Does nothing the second time. */
  end(): void {
    if (watches.delete(this)) stopWatching()
  }

  /** How many handles were opened. */
  get opened(): number {
    let sum = 0
    for (const count of this.#openedByKind.values()) sum += count
    return sum
  }

  openedOf(kind: string): number {
    return this.#openedByKind.get(kind) ?? 0
  }

  /** What is left now, of what the engine knows. */
  left(): HandlesLeft {
    // Otherwise whether one counts as collected would depend on when somebody looks.
    if (this.#open.size > 0) reclaim()
    return { live: this.live(), collected: this.collected() }
  }

  /** What is left once what is on its way has arrived. Looks at nothing where nothing is left. */
  async leftInTheEnd(): Promise<HandlesLeft> {
    if (this.#open.size > 0) await this.settle()
    return { live: this.live(), collected: this.collected() }
  }

  settle(): Promise<void> {
    return settle(() => this.live().length === 0)
  }

  live(): LiveHandle[] {
    const handles: LiveHandle[] = []
    for (const id of this.#open.keys()) {
      const row = describeHandle(slotOf(id as HandleId), generationOf(id as HandleId))
      // While the level was 'off' nothing was told of what was closed.
      if (row === undefined) this.#open.delete(id)
      else handles.push(liveHandle(id, row.kind, row.bytes))
    }
    return handles
  }

  collected(): LiveHandle[] {
    return [...this.#collected.values()]
  }

  /** The program expects that what is left was left. */
  excuseLeft(): void {
    const ids = [...this.#open.keys(), ...this.#collected.keys()]
    for (const watch of watches) watch.excuse(ids)
  }

  concerns(context: TestContext | undefined): boolean {
    if (isWithin(context, this.context)) return true
    return this.#takesStrays && isWithin(this.context, context) && isAlone(this.context)
  }

  openingOf(id: number): HandleOpenMessage | undefined {
    return this.#open.get(id)
  }

  noteOpened(opening: HandleOpenMessage): void {
    const { id, kind } = opening
    if (!this.filter(kind)) return
    this.#open.set(id, opening)
    this.#openedByKind.set(kind, this.openedOf(kind) + 1)
  }

  noteClosed(id: number): void {
    this.#open.delete(id)
  }

  noteCollected(handle: LiveHandle): void {
    if (this.#open.delete(handle.id)) this.#collected.set(handle.id, handle)
  }

  noteUnclaimed(_id: number): void {}

  noteDisposal(_handle: { readonly id: number }): boolean {
    return false
  }

  excuse(_ids: readonly number[]): void {}

  /** Forgets them. */
  protected drop(ids: readonly number[]): void {
    for (const id of ids) {
      this.#open.delete(id)
      this.#collected.delete(id)
    }
  }
}
