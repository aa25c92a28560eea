import type { PathCursor } from './path-cursor.js'
import { code, withArticle } from './words.js'

/** Something on the path that is best told together with what comes next: a Map has the name of its variable. */
export interface Holder {
  /** With a name after it: `Map`, as in "the module-level Map `cache`". undefined for what is told by itself. */
  readonly noun?: string
  /** Without one. */
  readonly alone: string
  /** How it holds what it holds: `under the key 'a'`. */
  readonly detail?: string
  /** For a function, which is told by who calls it: `onData at app.js:12`. */
  readonly callback?: string
}

/** What a pattern has found in a path. */
export interface Match {
  /** A holder whose name is still to come. */
  readonly holder?: Holder
  /** A holder, in full. */
  readonly words?: string
  /** The holder before was told with this one. */
  readonly tellsHeld?: boolean
  /** Nothing to tell; the holder before is still to be named. */
  readonly isSilent?: boolean
  /** Whoever reads this knows where to look. */
  readonly isEnd?: boolean
}

/** Looks at the next hops of a path; one that knows them moves past them. */
export type Pattern = (path: PathCursor, held: Holder | undefined) => Match | undefined

export const SILENT: Match = { isSilent: true }

export function collection(noun: string, detail?: string): Holder {
  const alone = withArticle(noun)
  return detail === undefined ? { noun, alone } : { noun, alone: `${alone} (${detail})`, detail }
}

/**
 * "the module-level Map `cache` of app.js (under the key 'a')".
 *
 * @param kind `module-level`, `static`; empty for none
 * @param word for what has no noun of its own: `variable`, `property`
 * @param owner with its article, or a file
 */
export function named(
  held: Holder | undefined,
  { kind, word, name, owner }: { kind: string; word: string; name: string; owner: string },
): Match {
  const what = [kind, held?.noun ?? word, code(name)].filter((part) => part !== '').join(' ')
  const detail = held?.noun !== undefined && held.detail !== undefined ? ` (${held.detail})` : ''
  return { words: `the ${what}${owner === '' ? '' : ` of ${owner}`}${detail}`, tellsHeld: held?.noun !== undefined }
}
