import type { StackFrame } from '../live-handle.js'

/** Handles of one kind that were opened at one place. */
export interface LeftSite {
  readonly kind: string
  readonly stack: readonly StackFrame[]
  /** Labels of some of them in the snapshot. */
  readonly labels: readonly string[]
}

/** What a program tells of itself besides its heap. */
export interface LeftHandles {
  readonly sites: readonly LeftSite[]
  /** Whether its stacks are those of its sources. */
  readonly mapsSources: boolean
}

/** Where the sites are of the handles that a snapshot has labels for. */
export function sitesFile(snapshot: string): string {
  return `${snapshot}.json`
}
