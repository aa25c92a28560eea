import { GC, HandleCollector } from 'holdfast'
import { FileLike } from './file-like.js'

export const INITIAL_THRESHOLD = 1000

/** Something that decides when to force a collection. */
export interface Policy {
  readonly name: string
  /** Its limit, where it is told one. */
  readonly maxCollectionShare?: number
  /** Takes over `FileLike`. Returns how to stop it. */
  start(): () => void
}

export const NONE: Policy = { name: 'none', start: () => () => {} }

export const CLASSIC: Policy = {
  name: 'classic',
  start: () => install(new HandleCollector('file-like', INITIAL_THRESHOLD, undefined, { policy: 'classic' })),
}

function install(collector: HandleCollector): () => void {
  FileLike.collector = collector
  return () => {}
}

function adaptive(name: string, maxCollectionShare: number): Policy {
  const options = { policy: 'adaptive', maxCollectionShare } as const
  return {
    name,
    maxCollectionShare,
    start: () => install(new HandleCollector('file-like', INITIAL_THRESHOLD, undefined, options)),
  }
}

export const ADAPTIVE = adaptive('adaptive', 0.1)

/** With other limits, for the curve of what a share buys. */
export const OTHER_SHARES: readonly Policy[] = [0.02, 0.05, 0.15, 0.2, 0.3, 0.5, 0.8, 0.9].map((share) =>
  adaptive(`adaptive, share ${share}`, share),
)

// Discouraged, and the yardstick: it lives here only. It begins to wait when a collection has ended. With
// setInterval, which counts from its beginning, a program whose collections take longer than the interval
// would get one turn of the event loop between two of them, and some of these runs would take minutes.
function timer(milliseconds: number): Policy {
  return {
    name: `timer ${milliseconds} ms`,
    start: () => {
      const timeout = setTimeout(() => {
        GC.collect()
        timeout.refresh()
      }, milliseconds)
      return () => clearTimeout(timeout)
    },
  }
}

export const TIMERS: readonly Policy[] = [timer(50), timer(500)]

/** Those that are compared, without the points of the curve. */
export const CONTENDERS: readonly Policy[] = [NONE, CLASSIC, ADAPTIVE, ...TIMERS]
