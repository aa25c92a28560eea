import type { EventEmitter } from 'node:events'
import type { InspectOptions } from 'node:util'
import { FinalizableObject, token } from './finalizable-object.js'
import { resumeFinalization, suppressFinalization } from './finalization.js'
import type { HandleToken } from './handle-token.js'
import * as symbols from './symbols.js'
import { checkBoolean, checkFunction, checkOptions, invalidType } from './validate.js'
import { WeakOwner } from './weak-owner.js'

/** How `subscribe` listens. */
export interface SubscribeOptions {
  /** Whether the first event disposes of the subscription, before the listener is called. Default false */
  once?: boolean
  /** Disposes of the subscription when it is aborted. */
  signal?: AbortSignal
  /** For an `EventTarget`, as in `addEventListener`. Default false */
  capture?: boolean
  /** For an `EventTarget`, as in `addEventListener`. Default false */
  passive?: boolean
}

/** What has listeners as an `EventEmitter` has. */
export type EmitterLike =
  | { on(event: any, listener: any): unknown; off(event: any, listener: any): unknown }
  | { addListener(event: any, listener: any): unknown; removeListener(event: any, listener: any): unknown }

/** What an `EventTarget` calls. */
export type EventTargetListener = ((event: Event) => unknown) | { handleEvent(event: Event): unknown }

type AnyListener = ((...args: any[]) => unknown) | { handleEvent(...args: unknown[]): unknown }

/** One event of one target. */
interface Source {
  add(listener: AnyListener): void
  remove(listener: AnyListener): void
}

// Whatever is reachable from the state of the finalizer is kept for good. So that the target is not, the
// signal knows the subscription weakly, and is known weakly itself: its other listeners may know the target.
class AbortLink {
  #signal: WeakRef<AbortSignal> | undefined
  #subscription: WeakOwner<Subscription> | undefined
  readonly #onAbort = () => this.#subscription?.find()?.dispose()

  connect(signal: AbortSignal, subscription: WeakOwner<Subscription>): void {
    this.#signal = new WeakRef(signal)
    this.#subscription = subscription
    signal.addEventListener('abort', this.#onAbort)
  }

  cut(): void {
    this.#signal?.deref()?.removeEventListener('abort', this.#onAbort)
  }
}

/** @internal */
export const listen: unique symbol = Symbol('listen')

/**
 * A listener that stays on its target until this object is disposed. Made by `subscribe`.
 *
 * It lives as long as its target has the listener, whether or not anybody else refers to it: one that was
 * forgotten goes on listening, and is counted by `liveHandles('Subscription')`. With its target it goes,
 * too, and counts as finalized.
 */
export class Subscription extends FinalizableObject<AbortLink> {
  readonly #event: string | symbol
  readonly #owner: WeakOwner<Subscription>
  /** undefined while nothing listens. */
  #remove: (() => void) | undefined

  /** @internal */
  constructor(event: string | symbol, signal: AbortSignal | undefined) {
    const link = new AbortLink()
    super(link, (link) => link.cut())
    this.#event = event
    this.#owner = new WeakOwner<Subscription>(this[token] as HandleToken)
    if (signal !== undefined) link.connect(signal, this.#owner)
  }

  /** @internal */
  [listen](source: Source, listener: AnyListener, once: boolean): void {
    const subscription = this
    // `listener` is where an EventEmitter looks for the one that off() is given.
    const wrapper = Object.assign(
      function (this: unknown, ...args: unknown[]): unknown {
        // An EventEmitter calls what was removed while the event was under way.
        if (subscription.#remove === undefined) return undefined
        if (once) subscription.dispose()
        return typeof listener === 'function' ? listener.apply(this, args) : listener.handleEvent(...args)
      },
      { listener },
    )
    this.#remove = () => source.remove(wrapper)
    try {
      source.add(wrapper)
    } catch (error) {
      this.#remove = undefined
      this.dispose()
      throw error
    }
  }

  protected override disposeCore(): void {
    const remove = this.#remove
    this.#remove = undefined
    remove?.()
  }

  /** @internal */
  override [suppressFinalization](): void {
    this.#owner.hold(this)
    super[suppressFinalization]()
  }

  /** @internal */
  override [resumeFinalization](): void {
    super[resumeFinalization]()
    this.#owner.letGo()
  }

  /** @internal */
  [symbols.inspect](_depth: number, options: InspectOptions, inspect: typeof import('node:util').inspect): string {
    return `Subscription ${inspect({ event: this.#event, state: this.isDisposed ? 'disposed' : 'open' }, options)}`
  }
}

/**
 * Listens to an event until the returned object is disposed.
 *
 * ```ts
 * using subscription = subscribe(server, 'connection', (socket) => sockets.add(socket))
 * ```
 *
 * `this` and the arguments of the listener are those that the target gives. An `EventEmitter` also takes
 * the listener off by `off(event, listener)`; dispose of the subscription instead, or it counts as live
 * until it is collected.
 *
 * @param target an `EventEmitter`, an `EventTarget`, or what has their methods; what has both is used as
 *   the former
 * @param event its name
 * @param listener a function, or for an `EventTarget` an object with a method `handleEvent`
 * @param options when to stop by itself, and what to tell an `EventTarget`
 * @returns a disposed subscription when the signal is aborted already
 * @throws TypeError for bad arguments
 * @throws OutOfMemoryError when there is no memory to keep track of it
 * @throws what the target throws; nothing listens then
 */
export function subscribe<M extends Record<keyof M, any[]>, E extends keyof M>(
  target: EventEmitter<M>,
  event: E,
  listener: (...args: M[E]) => unknown,
  options?: SubscribeOptions,
): Subscription
export function subscribe(
  target: EmitterLike,
  event: string | symbol,
  listener: (...args: any[]) => unknown,
  options?: SubscribeOptions,
): Subscription
export function subscribe(
  target: EventTarget,
  event: string,
  listener: EventTargetListener,
  options?: SubscribeOptions,
): Subscription
export function subscribe(
  target: object,
  event: PropertyKey,
  listener: AnyListener,
  options: SubscribeOptions = {},
): Subscription {
  const methods = methodsOf(target)
  checkEvent(event, methods.isEmitter)
  checkListener(listener, methods.isEmitter)
  checkSubscribeOptions(options)
  const { once = false, signal, capture = false, passive } = options
  const source = sourceOf(target, methods, event, passive === undefined ? { capture } : { capture, passive })
  const subscription = new Subscription(event, signal?.aborted ? undefined : signal)
  if (signal?.aborted) subscription.dispose()
  else subscription[listen](source, listener, once)
  return subscription
}

interface Methods {
  readonly add: string
  readonly remove: string
  readonly isEmitter: boolean
}

const METHODS: readonly Methods[] = [
  { add: 'on', remove: 'off', isEmitter: true },
  { add: 'addListener', remove: 'removeListener', isEmitter: true },
  { add: 'addEventListener', remove: 'removeEventListener', isEmitter: false },
]

function methodsOf(target: unknown): Methods {
  const has = (name: string) => typeof (target as Record<string, unknown> | null | undefined)?.[name] === 'function'
  const methods = METHODS.find(({ add, remove }) => has(add) && has(remove))
  if (methods === undefined) throw invalidType('target', 'an instance of EventEmitter or EventTarget', target)
  return methods
}

function sourceOf(target: object, methods: Methods, event: string | symbol, options: object): Source {
  const object = target as Record<string, (event: string | symbol, listener: unknown, options?: object) => unknown>
  const call = (name: string, listener: AnyListener) => {
    if (methods.isEmitter) object[name]?.(event, listener)
    else object[name]?.(event, listener, options)
  }
  return {
    add: (listener) => call(methods.add, listener),
    remove: (listener) => call(methods.remove, listener),
  }
}

function checkEvent(event: unknown, maybeSymbol: boolean): asserts event is string | symbol {
  if (typeof event === 'string' || (maybeSymbol && typeof event === 'symbol')) return
  throw invalidType('event', maybeSymbol ? 'of type string or symbol' : 'of type string', event)
}

function checkListener(listener: unknown, isEmitter: boolean): void {
  if (isEmitter) {
    checkFunction('listener', listener)
    return
  }
  const { handleEvent } = (listener ?? {}) as { handleEvent?: unknown }
  if (typeof listener === 'function' || typeof handleEvent === 'function') return
  throw invalidType('listener', 'of type function or an object with a method handleEvent', listener)
}

function checkSubscribeOptions(options: unknown): asserts options is SubscribeOptions {
  checkOptions('options', options)
  const { signal, ...flags } = options as SubscribeOptions
  for (const name of ['once', 'capture', 'passive'] as const) {
    if (flags[name] !== undefined) checkBoolean(`options.${name}`, flags[name])
  }
  if (signal !== undefined && !isAbortSignal(signal)) {
    throw invalidType('options.signal', 'an instance of AbortSignal', signal)
  }
}

function isAbortSignal(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  const { aborted, addEventListener, removeEventListener } = value as Partial<AbortSignal>
  return (
    typeof aborted === 'boolean' && typeof addEventListener === 'function' && typeof removeEventListener === 'function'
  )
}
