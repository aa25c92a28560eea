import { checkInteger, MAX_TIMEOUT } from '../../validate.js'
import type { ServiceProvider } from '../resolution/service-provider.js'
import { BackgroundService } from './background-service.js'
import { isAbort, pause } from './waiting.js'

/**
 * Work that is done again and again as long as the host runs, each time in a scope of its own.
 *
 * ```ts
 * class Cleaner extends ScopedBackgroundService {
 *   readonly interval = 60_000
 *   protected async iterate(services: ServiceProvider) {
 *     await services.get(Sessions).deleteExpired()
 *   }
 * }
 * services.addScoped(Sessions).addHostedService(Cleaner)
 * ```
 */
export abstract class ScopedBackgroundService extends BackgroundService {
  /**
   * How long to wait from the end of one iteration to the start of the next, in milliseconds: an integer from 0 to
   * 2,147,483,647. It is read at the start, and again after each iteration.
   */
  abstract readonly interval: number
  #services: ServiceProvider | undefined

  /**
   * The work, for the first time at once. Its scope is disposed of when this has ended, and what was tracked there.
   * An error ends the service, and is that of `execute`.
   *
   * @param services the provider of the scope, which is also the one that `currentScope()` finds
   * @param signal aborted when the service is to stop; an `AbortError` after that is no error
   */
  protected abstract iterate(services: ServiceProvider, signal: AbortSignal): Promise<void>

  /**
   * Begins the work, and does not wait for it.
   *
   * @throws TypeError when `interval` is no number
   * @throws RangeError when it is not an integer in its range
   * @throws InvalidOperationError when it was started before
   * @throws the reason of the signal when that is aborted
   */
  override start(signal: AbortSignal, services: ServiceProvider): Promise<void> | void {
    this.#checkedInterval()
    this.#services = services
    return super.start(signal, services)
  }

  protected override async execute(signal: AbortSignal): Promise<void> {
    const services = this.#services as ServiceProvider
    while (!signal.aborted) {
      await services.run((scoped) => this.#iterate(scoped, signal))
      await pause(this.#checkedInterval(), signal)
    }
  }

  /** What disposing of the scope throws must not come with the end of an iteration that was asked to end. */
  async #iterate(services: ServiceProvider, signal: AbortSignal): Promise<void> {
    try {
      await this.iterate(services, signal)
    } catch (error) {
      if (!isAbort(error, signal)) throw error
    }
  }

  #checkedInterval(): number {
    const { interval } = this
    checkInteger(`${this.constructor.name}.interval`, interval, 0, MAX_TIMEOUT)
    return interval
  }
}
