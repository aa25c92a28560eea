import { clearInterval, setInterval } from 'node:timers'
import { InvalidOperationError } from '../../errors.js'
import { type Failure, suppress } from '../../suppressed-error.js'
import * as symbols from '../../symbols.js'
import { checkInteger, checkOneOf, checkOptions, invalidType, MAX_TIMEOUT } from '../../validate.js'
import type { RootServiceProvider } from '../resolution/root-service-provider.js'
import { ServiceCollection, type ServiceProviderOptions } from '../service-collection.js'
import { ShutdownSignals } from './host-signals.js'
import { reportUnasked, warnOfService } from './host-warnings.js'
import { RunningServices } from './running-services.js'
import { turn } from './waiting.js'

/** How `createHost` makes a host, and the provider in it. */
export interface HostOptions extends ServiceProviderOptions {
  /** How long stopping may take, all services together, in milliseconds. Default 30,000 */
  readonly shutdownTimeoutMs?: number
  /**
   * What to do when the work of a background service fails: stop the host, which then rejects with the error, or let
   * the other services go on, with a process warning of the code `HOLDFAST_BACKGROUND_ERROR`. Default `'stop'`
   */
  readonly onBackgroundError?: 'stop' | 'ignore'
}

// The phase of a host:
//
//   created ──start()──► starting ──────────────► started ──stop(), an error──► stopping ──► stopped
//                            └──stop(), an error, the start fails──────────────────►┘
const CREATED = 0
const STARTING = 1
const STARTED = 2
const STOPPING = 3
const STOPPED = 4

/** Starts and stops hosted services, in the order of their registration and in reverse. Made by `createHost`. */
export class Host implements AsyncDisposable {
  /** The provider of the services. It is disposed of with the host. */
  readonly services: RootServiceProvider
  readonly #shutdownTimeoutMs: number
  readonly #onBackgroundError: 'stop' | 'ignore'
  readonly #running: RunningServices
  readonly #startCancellation = new AbortController()
  readonly #stopRequest: Promise<void>
  #requestStop!: () => void
  #phase = CREATED
  /** Nobody had asked for the stop when the start failed: the error is that of `start`. */
  #hasStartFailed = false
  /** All that went wrong. */
  #failure: Failure | undefined
  #stopping: Promise<Failure | undefined> | undefined
  /** Whether somebody is told what went wrong. */
  #isOutcomeTaken = false
  #withdrawReport: (() => void) | undefined
  #disposal: Promise<void> | undefined

  /** @internal */
  constructor(services: RootServiceProvider, shutdownTimeoutMs: number, onBackgroundError: 'stop' | 'ignore') {
    this.services = services
    this.#shutdownTimeoutMs = shutdownTimeoutMs
    this.#onBackgroundError = onBackgroundError
    this.#stopRequest = new Promise((resolve) => {
      this.#requestStop = resolve
    })
    this.#running = new RunningServices({
      onStartError: (error) => this.#noteError('The start of a host failed', error),
      onStopError: (service, error) => this.#noteError(`Stopping ${service} failed`, error),
      onBackgroundError: (service, error) => this.#noteBackgroundError(service, error),
    })
  }

  /**
   * Makes the hosted services, and starts them one after the other, in the order of their registration. When one
   * fails, those that were started before are stopped again. A host is started once.
   *
   * @returns rejects
   *   - with what a hosted service throws at its construction or its start; errors of stopping the others come with it
   *     in a `SuppressedError`
   *   - with an InvalidOperationError when the host was started before, or is stopped before all services are started
   */
  async start(): Promise<void> {
    this.#checkStartable()
    await this.#startServices()
    if (this.#stopping === undefined) return
    const failure = await this.#takeOutcome()
    throw failure === undefined
      ? new InvalidOperationError('The host was stopped before all of its services were started.')
      : failure.error
  }

  /**
   * Stops the services, the one that was started last first. Called again, it settles with the first call. Before the
   * start, and when the start has failed, there is nothing to stop. A service that calls it must not wait for it: it
   * would wait for itself.
   *
   * @returns rejects, when all are stopped,
   *   - with the error of a background service because of which the host has stopped
   *   - with what stopping a service throws
   *   - with an InvalidOperationError that names the services that are still running after `shutdownTimeoutMs`
   *   - with a `SuppressedError` of several of these
   */
  async stop(): Promise<void> {
    if (this.#phase === CREATED) return
    const failure = await this.#takeOutcome()
    if (failure !== undefined && !this.#hasStartFailed) throw failure.error
  }

  /**
   * Starts the host, waits, stops it, and disposes of it. It waits for SIGINT or SIGTERM, for a call of `stop`, or for
   * the error of a background service, and keeps the process alive meanwhile. A second signal ends the process, as
   * signals do where nobody listens.
   *
   * ```ts
   * await createHost(services).run()
   * ```
   *
   * @returns rejects with what `start`, `stop` and `disposeAsync` reject with; a signal is no error
   */
  async run(): Promise<void> {
    this.#checkStartable()
    this.#isOutcomeTaken = true
    const signals = new ShutdownSignals(() => this.#stop())
    const outcome = await this.#runUntilStopped()
    const failure = await failureOf(this.disposeAsync(), outcome)
    signals.ignore()
    if (failure !== undefined) throw failure.error
  }

  /**
   * Stops the host when it was started, and disposes of its provider. Called again while that is under way, it settles
   * with the first call.
   *
   * @returns rejects with what `stop` rejects with, unless that was told already, and with what disposers throw;
   *   several errors as a `SuppressedError`
   */
  disposeAsync(): Promise<void> {
    this.#disposal ??= this.#dispose()
    return this.#disposal
  }

  /** For `await using`: calls `disposeAsync()`. */
  [symbols.asyncDispose](): Promise<void> {
    return this.disposeAsync()
  }

  #checkStartable(): void {
    if (this.#phase === CREATED) return
    const reason = this.#phase < STOPPING ? 'it was started already' : 'it was stopped, and a host runs once'
    throw new InvalidOperationError(`Cannot start this host: ${reason}. Make another one with createHost().`)
  }

  /** Returns, too, when the host is stopped meanwhile. */
  async #startServices(): Promise<void> {
    this.#phase = STARTING
    const start = this.#running.start(this.services, this.#startCancellation.signal)
    const isStarted = await Promise.race([start, this.#stopRequest])
    if (this.#stopping !== undefined) return
    if (isStarted) this.#phase = STARTED
    else {
      this.#hasStartFailed = true
      this.#stop()
    }
  }

  /** Signals that are listened to and services that wait for something do not keep a process alive. */
  async #runUntilStopped(): Promise<Failure | undefined> {
    const keepAlive = setInterval(() => {}, MAX_TIMEOUT)
    await this.#startServices()
    await this.#stopRequest
    const outcome = await this.#stop()
    clearInterval(keepAlive)
    return outcome
  }

  /** Whoever calls this tells somebody. */
  #takeOutcome(): Promise<Failure | undefined> {
    this.#isOutcomeTaken = true
    this.#withdrawReport?.()
    return this.#stop()
  }

  #stop(): Promise<Failure | undefined> {
    if (this.#stopping !== undefined) return this.#stopping
    const isStarting = this.#phase === STARTING
    this.#phase = STOPPING
    this.#stopping = this.#stopServices()
    this.#requestStop()
    // At last, since listeners can do anything.
    if (isStarting) this.#startCancellation.abort()
    return this.#stopping
  }

  async #stopServices(): Promise<Failure | undefined> {
    const late = await this.#running.stop(this.#shutdownTimeoutMs)
    if (late.length > 0) this.#noteError('Stopping failed', tookTooLong(this.#shutdownTimeoutMs, late))
    this.#phase = STOPPED
    if (this.#failure !== undefined) void this.#reportUnlessTaken(this.#failure)
    return this.#failure
  }

  /** In a later turn: somebody who waits for the stop may be about to take the outcome. */
  async #reportUnlessTaken({ error }: Failure): Promise<void> {
    await turn()
    if (!this.#isOutcomeTaken) this.#withdrawReport = reportUnasked(error)
  }

  #noteBackgroundError(service: string, error: unknown): void {
    if (this.#onBackgroundError === 'ignore') {
      warnOfService(`The background service ${service} failed`, error, 'Its host ignores that.')
      return
    }
    this.#noteError(`The background service ${service} failed`, error)
    this.#stop()
  }

  #noteError(what: string, error: unknown): void {
    if (this.#phase === STOPPED) warnOfService(what, error, 'The host had given it up before.')
    else this.#failure = { error: suppress(error, this.#failure) }
  }

  async #dispose(): Promise<void> {
    const isTold = this.#isOutcomeTaken
    const outcome = this.#phase === CREATED ? undefined : await this.#takeOutcome()
    const failure = await failureOf(this.services.disposeAsync(), isTold ? undefined : outcome)
    // What went wrong is told once.
    this.#disposal = Promise.resolve()
    if (failure !== undefined) throw failure.error
  }
}

function tookTooLong(timeoutMs: number, late: readonly string[]): InvalidOperationError {
  return new InvalidOperationError(
    `The host could not stop within ${timeoutMs} ms. Still running: ${late.join(', ')}. ` +
      'Let that end when its signal is aborted, or raise shutdownTimeoutMs.',
  )
}

async function failureOf(disposal: Promise<void>, earlier: Failure | undefined): Promise<Failure | undefined> {
  try {
    await disposal
    return earlier
  } catch (error) {
    return { error: suppress(error, earlier) }
  }
}

/**
 * Makes a host of what is registered now. Services get into it by `addHostedService`.
 *
 * ```ts
 * const services = new ServiceCollection().addSingleton(Queue).addHostedService(Consumer)
 * await createHost(services).run()
 * ```
 *
 * @throws TypeError or RangeError for an option that is not what it has to be
 * @throws AggregateError of `ServiceError`s, as `services.build` does
 */
export function createHost(services: ServiceCollection, options: HostOptions = {}): Host {
  if (!(services instanceof ServiceCollection)) throw invalidType('services', 'a ServiceCollection', services)
  checkOptions('options', options)
  const { shutdownTimeoutMs = 30_000, onBackgroundError = 'stop' } = options
  checkInteger('options.shutdownTimeoutMs', shutdownTimeoutMs, 1, MAX_TIMEOUT)
  checkOneOf('options.onBackgroundError', onBackgroundError, ['stop', 'ignore'])
  return new Host(services.build(options), shutdownTimeoutMs, onBackgroundError)
}
