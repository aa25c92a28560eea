// What a program has on its heap besides handles decides what a major collection costs.

export interface Heap {
  readonly name: string
  /** Of small objects that live as long as the process. */
  readonly bytes: number
  /** How many times the work of a workload is done, so that runs last long enough for a share to buy collections. */
  readonly work: number
}

export const SMALL: Heap = { name: 'small heap', bytes: 0, work: 1 }
export const LARGE: Heap = { name: '500 MB heap', bytes: 500e6, work: 3 }
export const HEAPS: readonly Heap[] = [SMALL, LARGE]

interface Entry {
  readonly id: number
  readonly name: string | null
  readonly parent: Entry | null
  readonly values: readonly number[]
}

const kept: Entry[] = []
const ENTRIES_BETWEEN_LOOKS = 1000

/** A tree of records with an array each, about 250 bytes together. */
export function fillHeap({ bytes }: Heap): void {
  const before = process.memoryUsage().heapUsed
  while (process.memoryUsage().heapUsed - before < bytes) {
    for (let i = 0; i < ENTRIES_BETWEEN_LOOKS; i++) {
      const id = kept.length
      const parent = kept[id >> 1] ?? null
      kept.push({ id, name: null, parent, values: [id & 7, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15] })
    }
  }
}

export function checkHeap({ name, bytes }: Heap): void {
  const last = kept.at(-1)
  if (bytes > 0 && last?.id !== kept.length - 1) throw new Error(`The ${name} was not there to the end.`)
}
