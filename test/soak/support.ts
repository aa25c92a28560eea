import { fileURLToPath } from 'node:url'
import type { HandleCounts } from 'holdfast'

// What the tests have for scripts in child processes. Those are not compiled, and this is: it runs in out/test/soak.

interface InChild {
  imbalance(counts: HandleCounts): number
  settle(): Promise<void>
  readonly escapes: { byob(arrayBuffer: ArrayBuffer): Promise<Uint8Array> }
}

export interface LeftInProcess {
  readonly descriptors: string[]
  /** How many more there are than when it was asked first. */
  readonly moreDescriptors: number
  readonly maps: string[]
  readonly lockedKiB: number
}

const support = new URL('../../../test/support/', import.meta.url)

export const { imbalance, settle, escapes }: InChild = await import(new URL('in-child.mjs', support).href)
export const { whatIsLeft }: { whatIsLeft(place: { folder: string; name: string }): LeftInProcess } = await import(
  new URL('what-is-left.mjs', support).href
)

/** The folder with package.json. */
export const PROJECT = fileURLToPath(new URL('../..', support))
