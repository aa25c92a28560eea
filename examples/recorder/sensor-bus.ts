import { setImmediate } from 'node:timers/promises'

export const QUANTITIES = ['pressure', 'temperature', 'humidity'] as const

export type Quantity = (typeof QUANTITIES)[number]

/** What each sensor measures around, and how far it strays. */
const RANGES: Record<Quantity, readonly [middle: number, deviation: number]> = {
  pressure: [1013, 12],
  temperature: [18, 6],
  humidity: [55, 20],
}

/**
 * The bus that the sensors are attached to. It is simulated, and the same readings come each time; a port that was
 * opened has to be closed, as with a real one.
 */
export class SensorBus implements Disposable {
  readonly #ports = new Map<number, Quantity>()
  #opened = 0

  open(quantity: Quantity): number {
    this.#opened++
    this.#ports.set(this.#opened, quantity)
    return this.#opened
  }

  async read(port: number, signal: AbortSignal): Promise<number> {
    await setImmediate(undefined, { signal }) // a real one takes its time
    const quantity = this.#ports.get(port)
    if (quantity === undefined) throw new Error(`Port ${port} is closed.`)
    const [middle, deviation] = RANGES[quantity]
    return middle + deviation * Math.sin(port / 1000)
  }

  close(port: number): void {
    this.#ports.delete(port)
  }

  [Symbol.dispose](): void {
    if (this.#ports.size > 0) throw new Error(`The bus is shut down under ${this.#ports.size} open ports.`)
  }
}
