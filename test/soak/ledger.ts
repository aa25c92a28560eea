/** How many handles that JavaScript releases a lap may have. */
const CAPACITY = 20_000

/** One handle in a ledger. */
export interface Entry {
  release(): void
}

const OPERATIONS = 0
const OPENED = 1
const FIRST = 2
const CELLS_PER_HANDLE = 2

/**
 * What all threads of a lap write down: how many operations they did, and each release that JavaScript does. It is
 * shared memory, so that what a terminated worker has written is not lost.
 */
export class Ledger {
  readonly shared: SharedArrayBuffer
  readonly #cells: Int32Array

  constructor(shared?: SharedArrayBuffer) {
    this.shared = shared ?? new SharedArrayBuffer((FIRST + CAPACITY * CELLS_PER_HANDLE) * Int32Array.BYTES_PER_ELEMENT)
    this.#cells = new Int32Array(this.shared)
  }

  get operations(): number {
    return Atomics.load(this.#cells, OPERATIONS)
  }

  addOperations(count: number): void {
    Atomics.add(this.#cells, OPERATIONS, count)
  }

  /** @returns what stands for a new handle of this thread; undefined when there are enough */
  open(thread: number): Entry | undefined {
    const handle = Atomics.add(this.#cells, OPENED, 1)
    if (handle >= CAPACITY) return undefined
    const cell = cellOf(handle)
    Atomics.store(this.#cells, cell, thread)
    return { release: () => void Atomics.add(this.#cells, cell + 1, 1) }
  }

  /** How often each handle was released, and whose it was. */
  *releases(): Iterable<{ thread: number; count: number }> {
    const opened = Math.min(Atomics.load(this.#cells, OPENED), CAPACITY)
    for (let handle = 0; handle < opened; handle++) {
      const cell = cellOf(handle)
      yield { thread: Atomics.load(this.#cells, cell), count: Atomics.load(this.#cells, cell + 1) }
    }
  }
}

function cellOf(handle: number): number {
  return FIRST + handle * CELLS_PER_HANDLE
}
