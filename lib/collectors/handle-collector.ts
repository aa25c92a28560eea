import { InvalidOperationError, ResourceExhaustedError } from '../errors.js'
import { reclaim } from '../reclamation.js'
import {
  checkBoolean,
  checkInteger,
  checkNumber,
  checkOneOf,
  checkOptions,
  invalidType,
  outOfRange,
} from '../validate.js'
import { AdaptivePolicy } from './adaptive-policy.js'
import { ClassicPolicy } from './classic-policy.js'
import type { CollectionPolicy } from './collection-policy.js'
import { type Tally, takeTally } from './tallies.js'

/** How a `HandleCollector` decides. */
export interface HandleCollectorOptions {
  /**
   * `'adaptive'` (the default) decides from what collections cost and what they brought back, and keeps
   * within `maxCollectionShare`; `'classic'` is the algorithm of .NET.
   */
  policy?: 'adaptive' | 'classic'
  /**
   * Adaptive: the most of the run time that may go into collections it forces, from 0 to 1, once a second
   * has passed. Collections that the whole library forces in this thread count. Default 0.1
   */
  maxCollectionShare?: number
  /**
   * Whether no more than `maximumThreshold` handles may be open at once: one more is refused when
   * collecting does not make room for it. Default false: thresholds only force collections
   */
  enforceMaximum?: boolean
}

const MAX_INT32 = 2 ** 31 - 1

// For the rest of the library.
/** Refuses another handle when there are too many, before anything is opened. @internal */
export const admit: unique symbol = Symbol('admit')
/** The tally for the handles of classes. @internal */
export const countedBy: unique symbol = Symbol('countedBy')
/** A handle of a class was opened. @internal */
export const grown: unique symbol = Symbol('grown')
/** Handles of classes were closed. @internal */
export const shrunk: unique symbol = Symbol('shrunk')

/**
 * Counts live handles of something scarce, and makes the engine collect when there are many, so that those
 * that nobody uses any more come back.
 *
 * As the static `collector` of a class that extends `SafeHandle`, it counts the handles of that class and
 * of those that extend it, by itself. For resources of another kind call `add()` and `remove()`.
 *
 * ```ts
 * class Db extends SafeHandle<bigint> {
 *   static collector = new HandleCollector('db', 500)
 *   …
 * }
 * ```
 * A collector belongs to the thread that made it.
 */
export class HandleCollector {
  /** What it counts, for people. */
  readonly name: string
  /** How many handles there may be before a collection is thought of. */
  readonly initialThreshold: number
  /** How many there may be at all, with `enforceMaximum`; else it says nothing. */
  readonly maximumThreshold: number
  readonly #policy: CollectionPolicy
  readonly #enforced: boolean
  #added = 0
  /** The count when it was last looked at. */
  #seen = 0
  #tally: Tally | undefined

  /**
   * @param name for people; null for none
   * @param initialThreshold an integer ≥ 0
   * @param maximumThreshold an integer ≥ `initialThreshold`. Default 2³¹ − 1
   * @throws TypeError, RangeError for bad arguments; RangeError names `initialThreshold` when it is above the maximum
   */
  constructor(
    name: string | null,
    initialThreshold: number,
    maximumThreshold: number = MAX_INT32,
    options: HandleCollectorOptions = {},
  ) {
    if (name !== null && typeof name !== 'string') throw invalidType('name', 'of type string or null', name)
    checkInteger('initialThreshold', initialThreshold, 0, Number.MAX_SAFE_INTEGER)
    checkInteger('maximumThreshold', maximumThreshold, 0, Number.MAX_SAFE_INTEGER)
    if (initialThreshold > maximumThreshold) {
      throw outOfRange('initialThreshold', `<= maximumThreshold, which is ${maximumThreshold}`, initialThreshold)
    }
    checkOptions('options', options)
    const { policy = 'adaptive', maxCollectionShare = 0.1, enforceMaximum = false } = options
    checkOneOf('options.policy', policy, ['adaptive', 'classic'])
    checkNumber('options.maxCollectionShare', maxCollectionShare, 0, 1)
    checkBoolean('options.enforceMaximum', enforceMaximum)
    this.name = name ?? ''
    this.initialThreshold = initialThreshold
    this.maximumThreshold = maximumThreshold
    this.#enforced = enforceMaximum
    this.#policy = policy === 'classic' ? new ClassicPolicy(this) : new AdaptivePolicy(this, maxCollectionShare)
  }

  /** How many handles there are: those added and not removed, and the open ones of its classes. */
  get count(): number {
    return this.#tally === undefined ? this.#added : this.#added + (this.#tally.cells[this.#tally.index] as number)
  }

  /** Past this count it thinks of a collection next. */
  get threshold(): number {
    this.#noticeClosed()
    return this.#policy.threshold
  }

  /** How many collections it has forced. */
  get collections(): number {
    return this.#policy.collections
  }

  /**
   * Counts another handle, and collects if it is time.
   *
   * @throws ResourceExhaustedError with `enforceMaximum`, when there are too many even after a collection;
   *   the handle is not counted then
   */
  add(): void {
    this[admit]()
    this.#added++
    this[grown]()
  }

  /**
   * Counts one handle less.
   *
   * @throws InvalidOperationError when none is left that was added; the count stays as it is
   */
  remove(): void {
    if (this.#added === 0) {
      throw new InvalidOperationError(
        `The collector "${this.name}" has no handle to remove. Call remove() once for each add(); handles of classes come and go by themselves.`,
      )
    }
    this.#added--
    this[shrunk]()
  }

  /** @internal */
  [admit](): void {
    this.#noticeClosed()
    if (!this.#enforced || this.count < this.maximumThreshold) return
    reclaim()
    if (this.count >= this.maximumThreshold) this.#policy.collectAtLimit()
    if (this.count >= this.maximumThreshold) {
      throw new ResourceExhaustedError(this.name, this.maximumThreshold, this.count)
    }
  }

  /** @internal */
  [countedBy](): number {
    this.#tally ??= takeTally()
    return this.#tally.index
  }

  /** @internal */
  [grown](): void {
    this.#seen = this.count
    this.#policy.onGrown()
  }

  /** @internal */
  [shrunk](): void {
    this.#seen = this.count
    this.#policy.onShrunk(1)
  }

  /** The collector of objects closes handles of classes, too, and tells nobody. */
  #noticeClosed(): void {
    if (this.count >= this.#seen) return
    this.#seen = this.count
    this.#policy.onShrunk(0)
  }
}

/** The static `collector` of a class. @throws TypeError for anything that is none */
export function checkCollector(type: { readonly name: string }, collector: unknown): HandleCollector {
  if (collector instanceof HandleCollector) return collector
  throw invalidType(`${type.name}.collector`, 'an instance of HandleCollector', collector)
}
