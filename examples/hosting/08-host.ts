import { liveHandles, NativeBuffer } from 'holdfast'
import { createHost, ScopedBackgroundService, ServiceCollection, type ServiceProvider } from 'holdfast/hosting'

class Heartbeat extends ScopedBackgroundService {
  override readonly interval = 20
  #beats = 0

  protected override async iterate(services: ServiceProvider): Promise<void> {
    this.#beats++
    console.log(`beat ${this.#beats}, with ${services.get(NativeBuffer).bytes.length} bytes`)
    if (this.#beats === 3) void host.stop() // in earnest a signal does it: Ctrl+C, or SIGTERM
  }
}

const host = createHost(
  new ServiceCollection().addScoped(NativeBuffer, () => new NativeBuffer(64)).addHostedService(Heartbeat),
)
await host.run()
console.log(`the process ends, with ${liveHandles()} handles open`)
