import { clearTimeout, setTimeout } from 'node:timers'
import { checkFunction, checkObject } from '../../validate.js'
import { ServiceProvider } from '../resolution/service-provider.js'
import { BackgroundService, isExecuting, onFailure } from './background-service.js'
import { HostedService } from './hosted-service.js'
import { isAbort, settled, turn } from './waiting.js'

/** Who is told what goes wrong. */
export interface HostObserver {
  onStartError(error: unknown): void
  onStopError(service: string, error: unknown): void
  onBackgroundError(service: string, error: unknown): void
}

/** The hosted services of a host, from their start to their stop. Nothing here rejects: the observer is told. */
export class RunningServices {
  readonly #observer: HostObserver
  /** In the order in which they were started. */
  readonly #started: HostedService[] = []
  #start: Promise<boolean> | undefined
  /** What is being started, for messages. */
  #starting = ''
  /** What is started now comes too late. */
  #isOver = false

  constructor(observer: HostObserver) {
    this.#observer = observer
  }

  /**
   * Starts them one after the other, until one fails or the signal is aborted.
   *
   * @returns whether all are started
   */
  start(provider: ServiceProvider, signal: AbortSignal): Promise<boolean> {
    this.#start = this.#startInOrder(provider, signal)
    return this.#start
  }

  async #startInOrder(provider: ServiceProvider, signal: AbortSignal): Promise<boolean> {
    try {
      this.#starting = 'the construction of the hosted services'
      const services = await provider.getAllAsync(HostedService)
      for (const service of services) checkHostedService(service)
      for (const service of services) {
        signal.throwIfAborted()
        await this.#startOne(service, signal, provider.get(ServiceProvider))
      }
      return true
    } catch (error) {
      if (!isAbort(error, signal)) this.#observer.onStartError(error)
      return false
    }
  }

  async #startOne(service: HostedService, signal: AbortSignal, provider: ServiceProvider): Promise<void> {
    const name = nameOf(service)
    this.#starting = `the start of ${name}`
    if (service instanceof BackgroundService) {
      service[onFailure] = (error) => this.#observer.onBackgroundError(name, error)
    }
    try {
      await service.start(signal, provider)
      this.#started.push(service)
    } catch (error) {
      // An override of start() can fail when the work has begun.
      if (stillExecutes(service)) this.#started.push(service)
      throw error
    } finally {
      if (this.#isOver) this.#stopLate(service)
    }
  }

  /** Nobody waits any more. */
  #stopLate(service: HostedService): void {
    if (this.#started.includes(service)) void this.#callStop(service, AbortSignal.abort())
  }

  /**
   * Waits for the start, and stops what was started, the last one first.
   *
   * @param timeoutMs for all of that; then the signal is aborted, and those that are left are not waited for
   * @returns what is still running, for messages
   */
  async stop(timeoutMs: number): Promise<string[]> {
    const overtime = new AbortController()
    const timer = setTimeout(() => overtime.abort(), timeoutMs)
    const { signal } = overtime
    const late: string[] = []
    if (this.#start !== undefined) await settled(this.#start, signal)
    if (signal.aborted) late.push(this.#starting)
    for (let service = this.#started.pop(); service !== undefined; service = this.#started.pop()) {
      if (!(await this.#stopInTime(service, signal))) late.push(nameOf(service))
    }
    clearTimeout(timer)
    this.#isOver = true
    return late
  }

  /** Who is stopped when the time is over already has one turn to end in. */
  async #stopInTime(service: HostedService, signal: AbortSignal): Promise<boolean> {
    const isOvertime = signal.aborted
    let isStopped = false
    const stop = this.#callStop(service, signal).then(() => {
      isStopped = true
    })
    await settled(stop, signal)
    if (!signal.aborted) return true
    await turn()
    return isOvertime && isStopped && !stillExecutes(service)
  }

  async #callStop(service: HostedService, signal: AbortSignal): Promise<void> {
    try {
      await service.stop(signal)
    } catch (error) {
      if (!isAbort(error, signal)) this.#observer.onStopError(nameOf(service), error)
    }
  }
}

function checkHostedService(service: HostedService): void {
  checkObject('hosted service', service)
  checkFunction(`${nameOf(service)}.start`, service.start)
  checkFunction(`${nameOf(service)}.stop`, service.stop)
}

function stillExecutes(service: HostedService): boolean {
  return service instanceof BackgroundService && service[isExecuting]
}

function nameOf(service: HostedService): string {
  const name = service.constructor?.name
  return name === undefined || name === '' || name === 'Object' ? 'a hosted service' : name
}
