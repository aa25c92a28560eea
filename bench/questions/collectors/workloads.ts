import type { FileLike } from './file-like.js'
import type { PeakSample } from './judge.js'
import type { Site } from './site.js'

/** Opens handle number `index`, and lets go of some. */
export type Step = (index: number) => void

export interface Workload {
  readonly id: string
  readonly title: string
  readonly note: string
  readonly opens: number
  /** Classic forces dozens of major collections. */
  readonly isSlowOnClassic?: true
  /** Next to none of them finds anything. */
  readonly findsNothing?: true
  /** Which peak tells the policies apart. Default `'peak'` */
  readonly peak?: PeakSample
  begin(site: Site): Step
}

/** Of work for each handle: about 8 µs. */
const ROUNDS = 6

const kept: Workload = {
  id: 'kept',
  title: 'Everything kept',
  note: '200,000 handles are opened and none is let go. A forced collection finds nothing, ever.',
  opens: 200_000,
  isSlowOnClassic: true,
  findsNothing: true,
  begin: (site) => {
    const handles: FileLike[] = []
    return () => void handles.push(site.open(ROUNDS))
  },
}

const AT_ONCE = 80_000

const droppedAtOnce: Workload = {
  id: 'dropped-at-once',
  title: 'Everything dropped at once',
  note:
    'Three times 80,000 handles are opened and kept; then all references go at once, and it begins again. In that ' +
    'moment all of them are live and none can be reached, whatever the policy; so what is compared is the most live ' +
    'handles against the most that could ever be reached (overall peak).',
  opens: 3 * AT_ONCE,
  isSlowOnClassic: true,
  findsNothing: true,
  peak: 'overall',
  begin: (site) => {
    let handles: FileLike[] = []
    return () => {
      if (handles.length === AT_ONCE) {
        handles = []
        site.dropped(AT_ONCE)
      }
      handles.push(site.open(ROUNDS))
    }
  },
}

const droppedAsOpened: Workload = {
  id: 'dropped-as-opened',
  title: 'Every handle dropped as soon as it is opened',
  note: '250,000 handles; one is reachable at a time.',
  opens: 250_000,
  begin: (site) => () => {
    site.open(ROUNDS)
    site.dropped()
  },
}

const mostlyDisposed: Workload = {
  id: 'mostly-disposed',
  title: '99 % disposed, 1 % dropped',
  note:
    '250,000 handles, 950 of them in use at a time. Each is let go when 950 more were opened; one in a hundred is ' +
    'forgotten instead of disposed.',
  opens: 250_000,
  begin: (site) => {
    const IN_USE = 950
    const handles: (FileLike | undefined)[] = new Array(IN_USE).fill(undefined)
    return (index) => {
      const place = index % IN_USE
      const old = handles[place]
      handles[place] = undefined
      if (old !== undefined) {
        if (site.random() < 0.01) site.dropped()
        else site.dispose(old)
      }
      handles[place] = site.open(ROUNDS)
    }
  },
}

/** Lets go of handles in random order, so that some are young and some old. */
class Bag {
  readonly #site: Site
  readonly #handles: FileLike[] = []

  constructor(site: Site) {
    this.#site = site
  }

  put(handle: FileLike): void {
    this.#handles.push(handle)
  }

  letGoOfOne(droppedShare: number): void {
    const last = this.#handles.length - 1
    if (last < 0) return
    const place = Math.floor(this.#site.random() * (last + 1))
    const handle = this.#handles[place] as FileLike
    this.#handles[place] = this.#handles[last] as FileLike
    this.#handles.pop()
    if (this.#site.random() < droppedShare) this.#site.dropped()
    else this.#site.dispose(handle)
  }
}

const sawTooth: Workload = {
  id: 'saw-tooth',
  title: 'Saw-tooth',
  note:
    '240,000 handles in four waves: what is reachable climbs to 9,000 in 45,000 opens and falls back in 15,000. ' +
    'Handles are let go in random order, 70 % of them disposed and 30 % dropped.',
  opens: 240_000,
  isSlowOnClassic: true,
  begin: (site) => {
    const CLIMB = 45_000
    const FALL = 15_000
    const HEIGHT = 9_000
    const bag = new Bag(site)
    let owed = 0
    return (index) => {
      bag.put(site.open(ROUNDS))
      const isClimbing = index % (CLIMB + FALL) < CLIMB
      owed += isClimbing ? 1 - HEIGHT / CLIMB : 1 + HEIGHT / FALL
      for (; owed >= 1; owed--) bag.letGoOfOne(0.3)
    }
  },
}

const twoPhases: Workload = {
  id: 'two-phases',
  title: 'Two phases',
  note:
    'First 20,000 handles with much work for each, 90 % kept and 10 % dropped at once; then 160,000 with little ' +
    'work for each, 2 % kept and 98 % dropped at once.',
  opens: 180_000,
  isSlowOnClassic: true,
  begin: (site) => {
    const SLOW_OPENS = 20_000
    const handles: FileLike[] = []
    return (index) => {
      const isSlow = index < SLOW_OPENS
      const handle = site.open(isSlow ? 5 * ROUNDS : ROUNDS)
      if (site.random() < (isSlow ? 0.9 : 0.02)) handles.push(handle)
      else site.dropped()
    }
  },
}

const droppedOld: Workload = {
  id: 'dropped-old',
  title: 'Dropped when old',
  note:
    '250,000 handles in a queue of 30,000: each is dropped when 30,000 more were opened. By then it has survived ' +
    'several minor collections, and only a major one finds it.',
  opens: 250_000,
  isSlowOnClassic: true,
  begin: (site) => {
    const LENGTH = 30_000
    const queue: (FileLike | undefined)[] = new Array(LENGTH).fill(undefined)
    return (index) => {
      const place = index % LENGTH
      if (queue[place] !== undefined) site.dropped()
      queue[place] = undefined
      queue[place] = site.open(ROUNDS)
    }
  },
}

export const WORKLOADS: readonly Workload[] = [
  kept,
  droppedAtOnce,
  droppedAsOpened,
  mostlyDisposed,
  sawTooth,
  twoPhases,
  droppedOld,
]
