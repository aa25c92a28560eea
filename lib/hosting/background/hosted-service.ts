import { createToken, type ServiceToken } from '../registration/token.js'
import type { ServiceProvider } from '../resolution/service-provider.js'

/** What a host starts and stops. */
export interface HostedService {
  /**
   * The host waits for it before it starts the next one.
   *
   * @param signal aborted when the start is to be given up
   * @param services those of the host
   */
  start(signal: AbortSignal, services: ServiceProvider): Promise<void> | void
  /**
   * The host waits for it before it stops the one that was started before.
   *
   * @param signal aborted when the time for stopping is over
   */
  stop(signal: AbortSignal): Promise<void> | void
}

/** What `addHostedService` registers services under. */
export const HostedService: ServiceToken<HostedService> = createToken<HostedService>('HostedService')
