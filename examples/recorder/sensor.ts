import { SafeHandle } from 'holdfast'
import type { Quantity, SensorBus } from './sensor-bus.js'

interface OpenPort {
  readonly bus: SensorBus
  readonly port: number
}

const NOTHING: OpenPort | null = null

/** A sensor that is open. */
export class Sensor extends SafeHandle<OpenPort | null> {
  static releaseHandle({ bus, port }: OpenPort): void {
    bus.close(port)
  }

  constructor(bus: SensorBus, quantity: Quantity) {
    super(NOTHING)
    this.setHandle({ bus, port: bus.open(quantity) })
  }

  async read(signal: AbortSignal): Promise<number> {
    using lease = this.lease()
    const { bus, port } = lease.value as OpenPort
    return await bus.read(port, signal)
  }
}
