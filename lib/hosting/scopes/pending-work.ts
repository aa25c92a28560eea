import { isFull } from '../../tracking/level.js'
import { StackCapture } from '../../tracking/stack-capture.js'
import { describeFrame } from '../../tracking/stack-text.js'

interface Work {
  readonly name: string | undefined
  /** Where it was tracked, at the tracking level `full`. */
  readonly capture: StackCapture | undefined
  /** In the list; -1 when it is done. */
  place: number
}

/** What work goes by that was given no name. */
const UNNAMED = 'unnamed work'

/** Names that one message shows. */
const MAX_SHOWN = 10

/** The work that uses the services of a scope, and that disposal waits for. */
export class PendingWork {
  readonly #pending: Work[] = []
  #waiting: (() => void)[] = []

  get isEmpty(): boolean {
    return this.#pending.length === 0
  }

  /** @param keepAlive what must not be collected while the work can still end; not held by this object */
  add(promise: PromiseLike<unknown>, name: string | undefined, keepAlive: unknown): void {
    const work = { name, capture: isFull ? new StackCapture() : undefined, place: this.#pending.length }
    this.#pending.push(work)
    const settled = () => this.#remove(work, keepAlive)
    promise.then(settled, settled)
  }

  #remove(work: Work, _keptAlive: unknown): void {
    // What merely looks like a promise can settle twice.
    if (work.place < 0) return
    // The last one takes the place. One of a few is the rule, and a Set would take most of the time.
    const last = this.#pending.pop() as Work
    if (last !== work) {
      this.#pending[work.place] = last
      last.place = work.place
    }
    work.place = -1
    if (this.#waiting.length === 0 || !this.isEmpty) return
    for (const resolve of this.#waiting.splice(0)) resolve()
  }

  /** Resolves when there is none, for the first time. */
  async done(): Promise<void> {
    if (!this.isEmpty) await new Promise<void>((resolve) => this.#waiting.push(resolve))
  }

  /** For messages. */
  describe(): string {
    const names = Array.from(this.#pending, describe)
    const shown = names.slice(0, MAX_SHOWN).join(', ')
    return names.length > MAX_SHOWN ? `${shown} and ${names.length - MAX_SHOWN} more` : shown
  }
}

function describe({ name = UNNAMED, capture }: Work): string {
  const frame = capture?.frames[0]
  return frame === undefined ? name : `${name} (tracked at ${describeFrame(frame)})`
}
