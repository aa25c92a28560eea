import { once } from 'node:events'
import { setImmediate as turn } from 'node:timers/promises'
import { afterEach, beforeEach, expect } from 'vitest'
import {
  BackgroundService,
  createHost,
  type Host,
  type HostedService,
  type HostOptions,
  ServiceCollection,
  type ServiceProvider,
} from '../../../lib/hosting/index.js'
import { liveHandles } from '../../../lib/index.js'

export const code = (expected: string) => expect.objectContaining({ code: expected })
export const invalidOperation = code('ERR_HOLDFAST_INVALID_OPERATION')
export const anything = (value: unknown) => value as never
export const nothing = () => {}
export const error = (message: string) => new Error(message)

/** What happened, in order. */
export const events: string[] = []
export const warnings: Error[] = []
const collectWarning = (warning: Error) => warnings.push(warning)
/** Signal handlers and the like, of which a host leaves none behind. */
export const countListeners = () =>
  process.listenerCount('SIGINT') + process.listenerCount('SIGTERM') + process.listenerCount('beforeExit')

/** For each test of the file: what it notes starts empty, and neither scopes nor listeners are left. */
export function watchHosts(): void {
  let scopes = 0
  let listeners = 0
  beforeEach(() => {
    events.length = 0
    warnings.length = 0
    scopes = liveHandles('ServiceScope')
    listeners = countListeners()
    process.on('warning', collectWarning)
  })
  afterEach(() => {
    process.off('warning', collectWarning)
    expect(countListeners()).toBe(listeners)
    expect(liveHandles('ServiceScope')).toBe(scopes)
  })
}

interface Part {
  readonly start?: (signal: AbortSignal, services: ServiceProvider) => Promise<void> | void
  readonly stop?: (signal: AbortSignal) => Promise<void> | void
}

export function part(name: string, { start, stop }: Part = {}): () => HostedService {
  const service: HostedService = {
    async start(signal, services) {
      events.push(`${name} starts`)
      await start?.(signal, services)
    },
    async stop(signal) {
      events.push(`${name} stops`)
      await stop?.(signal)
    },
  }
  return () => Object.assign(Object.create({ constructor: { name } }), service)
}

export function failing(thrown: unknown): () => never {
  return () => {
    throw thrown
  }
}

/** The name of the class is what errors call it. */
export class Background extends BackgroundService {
  readonly #execute: (signal: AbortSignal) => Promise<void>

  constructor(execute: (signal: AbortSignal) => Promise<void>) {
    super()
    this.#execute = execute
  }

  protected override execute(signal: AbortSignal): Promise<void> {
    return this.#execute(signal)
  }

  override async stop(signal: AbortSignal): Promise<void> {
    events.push('background stops')
    await super.stop(signal)
  }
}

export class Stubborn extends BackgroundService {
  finish = nothing

  protected override execute(): Promise<void> {
    return new Promise((resolve) => {
      this.finish = resolve
    })
  }
}

export function hostOf(
  factories: readonly (() => HostedService | Promise<HostedService>)[],
  options?: HostOptions,
): Host {
  const services = new ServiceCollection()
  for (const factory of factories) services.addHostedService(factory)
  return createHost(services, options)
}

export async function untilAborted(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await once(signal, 'abort')
}

/** Settles when the signal is aborted, as a rejection. */
export async function rejectedByAbort(signal: AbortSignal): Promise<void> {
  await untilAborted(signal)
  signal.throwIfAborted()
}

export const rejectionOf = (promise: Promise<unknown>) =>
  promise.then(
    () => expect.unreachable('nothing was thrown'),
    (thrown: unknown) => thrown,
  )

export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await turn()
}
