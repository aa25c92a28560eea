import { ReadingStore } from './reading-store.js'
import { Station } from './station.js'

/** Takes a reading and stores it. */
export class Recorder {
  static readonly inject = [Station, ReadingStore] as const
  readonly #station: Station
  readonly #store: ReadingStore

  constructor(station: Station, store: ReadingStore) {
    this.#station = station
    this.#store = store
  }

  async record(signal: AbortSignal): Promise<void> {
    this.#store.add(await this.#station.measure(signal))
    this.#store.commit()
  }
}
