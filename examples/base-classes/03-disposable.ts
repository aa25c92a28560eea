import { EventEmitter } from 'node:events'
import { DisposableObject, liveHandles, type Subscription, subscribe } from 'holdfast'

// Disposable: holds other things that have to be disposed of, and nothing native of its own. What it holds
// has finalizers where those are needed, so it needs none.
class Thermometer extends DisposableObject {
  readonly #sensor: EventEmitter
  #subscription: Subscription
  #latest = Number.NaN

  constructor(sensor: EventEmitter) {
    super()
    this.#sensor = sensor
    this.#subscription = this.#listen()
  }

  get latest(): number {
    this.throwIfDisposed()
    return this.#latest
  }

  /** Resurrection: acquires the resource anew, and only then is in use again. */
  restart(): void {
    if (!this.isDisposed) return
    this.#subscription = this.#listen()
    this.resurrect()
  }

  protected override disposeCore(): void {
    this.#subscription.dispose()
  }

  #listen(): Subscription {
    return subscribe(this.#sensor, 'reading', (degrees: number) => {
      this.#latest = degrees
    })
  }
}

const sensor = new EventEmitter()
using thermometer = new Thermometer(sensor)
sensor.emit('reading', 21)
console.log(thermometer.latest, liveHandles('Subscription'))
thermometer.dispose()
sensor.emit('reading', 50)
console.log(thermometer.isDisposed, liveHandles('Subscription'))
thermometer.restart()
console.log(thermometer.latest, liveHandles('Subscription'))
