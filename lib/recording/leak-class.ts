import type { SiteTotals } from './recording.js'

// What is wrong with a place that opens handles, from what became of them and what holds those that are left.

export type LeakClass =
  | 'undisposed handle'
  | 'handle not disposed on every path'
  | 'forgotten subscription'
  | 'collection that only grows'
  | 'circular reference'
  | 'endless timer'
  | 'unfinished async function'
  | 'lease never given back'
  | 'needless creation'

/** What to do about it. */
export const REMEDIES: Readonly<Record<LeakClass, string>> = {
  'undisposed handle': 'Put it in a `using` declaration, or call dispose().',
  'handle not disposed on every path':
    'Some are disposed of and others are not: dispose in a `finally`, or by `using`, so that no exception and no early return passes it by.',
  'forgotten subscription':
    'Remove the listener when it has done its work: keep what subscribe() returns in a `using` declaration.',
  'collection that only grows': 'Give the collection a bound, and dispose of what is removed from it.',
  'circular reference': 'Give the finalizer only what it has to release, and nothing that refers to the object.',
  'endless timer': 'Clear the timer, and dispose of what its callback uses.',
  'unfinished async function': 'See that what it waits for comes to an end, or give up waiting by an AbortSignal.',
  'lease never given back': 'Put the lease in a `using` declaration.',
  'needless creation': 'Open one and use it again.',
}

/** What the words mean that tell what holds a handle: lib/holders. In one line the first of them counts. */
const HOLDERS: readonly (readonly [RegExp, LeakClass])[] = [
  [/its own finalizer/, 'circular reference'],
  [/the listeners /, 'forgotten subscription'],
  [/a (pending )?timer\b|an immediate\b/, 'endless timer'],
  [/a lease that was not given back/, 'lease never given back'],
  [/the async function|what is to happen after a promise/, 'unfinished async function'],
  [/the (module-level|static|global) (?!variable\b|field\b)/, 'collection that only grows'],
]

/**
 * Says what is wrong with a place, as far as a recording shows it.
 *
 * @param programMilliseconds how long the program ran
 * @returns undefined when nothing is
 */
export function classifyLeak(site: SiteTotals, programMilliseconds: number): LeakClass | undefined {
  const { live, finalized, disposed } = site
  if (live > 0) return classOfHeld(site) ?? (finalized > 0 ? classOfFinalized(disposed) : 'undisposed handle')
  if (finalized > 0) return classOfFinalized(disposed)
  return isNeedless(site, programMilliseconds) ? 'needless creation' : undefined
}

function classOfFinalized(disposed: number): LeakClass {
  return disposed > 0 ? 'handle not disposed on every path' : 'undisposed handle'
}

/** What most ways of being held come to. */
function classOfHeld({ heldBy, kind, live, opened }: SiteTotals): LeakClass | undefined {
  // A collection that gives most of them back has a bound, and holds a few of them at any time.
  const onlyGrows = live > 1 && live * 2 > opened
  const votes = new Map<LeakClass, number>()
  for (const line of heldBy) {
    const found = classOfHolder(line)
    const isOnlyKept = found === 'collection that only grows' && !onlyGrows
    if (found !== undefined && !isOnlyKept) votes.set(found, (votes.get(found) ?? 0) + 1)
  }
  const [most] = [...votes].sort(([, a], [, b]) => b - a)
  return most?.[0] ?? (kind === 'Subscription' ? 'forgotten subscription' : undefined)
}

function classOfHolder(line: string): LeakClass | undefined {
  if (HOLDERS[0]?.[0].test(line)) return HOLDERS[0][1]
  const found = HOLDERS.flatMap(([words, leak]) => {
    const index = line.search(words)
    return index < 0 ? [] : [{ index, leak }]
  })
  return found.sort((a, b) => a.index - b.index)[0]?.leak
}

/** Fewer than this are no matter. */
const MANY = 10_000
const FEW_AT_ONCE = 4
/** Milliseconds. Whoever holds one for longer works with it. */
const SHORT_LIFE = 1
/** Handles for each second of the program. */
const OFTEN = 1000

/** One after the other, each for a moment: one of them, used again, would have done. */
function isNeedless(site: SiteTotals, programMilliseconds: number): boolean {
  const { opened, peakLive, meanLifetime } = site
  const isShort = meanLifetime !== undefined && meanLifetime < SHORT_LIFE
  return opened >= MANY && peakLive <= FEW_AT_ONCE && isShort && (opened / programMilliseconds) * 1000 >= OFTEN
}
