import { InvalidOperationError } from '../../errors.js'
import type { ServiceProvider } from '../resolution/service-provider.js'
import type { HostedService } from './hosted-service.js'
import { isAbort, settled, turn } from './waiting.js'

/** Who is told when `execute` fails: the host. @internal */
export const onFailure: unique symbol = Symbol('onFailure')
/** @internal */
export const isExecuting: unique symbol = Symbol('isExecuting')

/**
 * Work that goes on as long as the host runs. What it needs its constructor is given, as that of any other service.
 *
 * ```ts
 * class Consumer extends BackgroundService {
 *   static readonly inject = [Queue] as const
 *   readonly #queue: Queue
 *   constructor(queue: Queue) {
 *     super()
 *     this.#queue = queue
 *   }
 *   protected async execute(signal: AbortSignal) {
 *     for await (const message of this.#queue.messages({ signal })) await handle(message)
 *   }
 * }
 * services.addHostedService(Consumer)
 * ```
 *
 * For work that needs scoped services there is `ScopedBackgroundService`.
 */
export abstract class BackgroundService implements HostedService {
  readonly #stopping = new AbortController()
  #executing: Promise<void> | undefined;
  /** @internal */
  [onFailure]: ((error: unknown) => void) | undefined;
  /** @internal */
  [isExecuting] = false

  /**
   * The work. It is called once, in a turn of the event loop of its own after `start`, and not at all when the service
   * is stopped before. When it returns early it is done: nothing else happens. When it throws, the host is told, and
   * stops or goes on as its `onBackgroundError` says.
   *
   * @param signal aborted when the service is to stop; an `AbortError` after that is no error
   */
  protected abstract execute(signal: AbortSignal): Promise<void>

  /** What `execute` has returned, with its error; undefined before the start. */
  get executing(): Promise<void> | undefined {
    return this.#executing
  }

  /**
   * Begins the work, and does not wait for it.
   *
   * @throws InvalidOperationError when it was started before
   * @throws the reason of the signal when that is aborted
   */
  start(signal: AbortSignal, _services: ServiceProvider): Promise<void> | void {
    if (this.#executing !== undefined) {
      throw new InvalidOperationError(
        `Cannot start this ${this.constructor.name} again: a background service is started once. Make a new one.`,
      )
    }
    signal.throwIfAborted()
    this.#executing = this.#execute()
    if (this[onFailure] !== undefined) this.#executing.catch(this[onFailure])
  }

  /**
   * Aborts the signal that `execute` has, and waits for `execute`, but no longer than until `signal` is aborted. The
   * error of `execute` is not repeated here.
   */
  async stop(signal: AbortSignal): Promise<void> {
    this.#stopping.abort()
    if (this.#executing !== undefined) await settled(this.#executing, signal)
  }

  /** In a later turn: neither what it throws at once nor a long calculation shall hit whoever starts it. */
  async #execute(): Promise<void> {
    const { signal } = this.#stopping
    this[isExecuting] = true
    try {
      await turn()
      if (!signal.aborted) await this.execute(signal)
    } catch (error) {
      if (!isAbort(error, signal)) throw error
    } finally {
      this[isExecuting] = false
    }
  }
}
