interface Lifetime {
  /** Values released before the end begins. */
  before?: readonly number[]
  /** Values that JavaScript releases at the end of the thread, in this order: newest first. */
  atEnd?: readonly number[]
  /** Nobody has them any more, so that their releases may also come before the end. */
  dropped?: boolean
}

/** What happens to the handles of each of fixtures/lifetimes.mjs. */
export const LIFETIMES: Record<string, Lifetime> = {
  'nothing was ever opened': {},
  'everything was disposed': { before: [1, 2, 3] },
  'buffers without a view': {},
  'buffers with views': {},
  'views of dropped buffers': {},
  'leased buffers, some of them disposed': {},
  'buffers given away': {},
  'escaped blocks, their buffers open or disposed': {},
  'viewed buffers disposed in this very turn': {},
  'dropped handles of both sorts': { atEnd: [3, 2, 1], dropped: true },
  'dropped handles that the engine found dead, and nobody else': { atEnd: [3, 2, 1], dropped: true },
  'safe handles': { atEnd: [3, 2, 1] },
  'safe handles between buffers, with declared bytes': { atEnd: [3, 2, 1] },
  'safe handles, some disposed and some given away': { before: [2], atEnd: [5, 3, 1] },
  'a disposed safe handle whose lease is out': { atEnd: [3, 2, 1] },
  'a safe handle whose asynchronous release is under way': { atEnd: [2] },
  'safe handles whose releases open more': { atEnd: [3, 2, 1, 101, 102, 103] },
  'safe handles whose releases dispose of others': { atEnd: [4, 2, 3, 1] },
  'finalizable objects between safe handles, some disposed': { before: [3], atEnd: [5, 4, 2, 1] },
  'dropped finalizable objects': { atEnd: [3, 2, 1], dropped: true },
  'handles of every sort that are not to be finalized': { atEnd: [4, 2] },
  'GCHandles and subscriptions': { atEnd: [1] },
  'a collection was forced': { atEnd: [2, 1] },
  'very many handles': { atEnd: [3, 2, 1] },
}

export interface Lines {
  before: number[]
  atEnd: number[]
  /** Of `GC.hasShutdownStarted`: once everything was open, and in a listener for `exit`. */
  shutdownStarted: { open: string | undefined; exit: string | undefined }
  exitCode: number | undefined
  last: string
}

/** Reads what one thread of fixtures/end.mjs has written. */
export function parseLines(text: string): Lines {
  const lines = text.trimEnd().split('\n')
  const opened = lines.findIndex((line) => line.startsWith('opened,'))
  const exit = lines.find((line) => line.startsWith('exit '))
  const releases = (some: string[]) =>
    some.filter((line) => line.startsWith('released ')).map((line) => Number(line.slice('released '.length)))
  return {
    before: releases(lines.slice(0, opened)),
    atEnd: releases(lines.slice(opened)),
    shutdownStarted: { open: lines[opened]?.split(': ')[1], exit: exit?.split(': ')[1] },
    exitCode: exit === undefined ? undefined : Number.parseInt(exit.slice('exit '.length), 10),
    last: lines.at(-1) ?? '',
  }
}
