import { GC, liveHandles } from 'holdfast'
import { Connection } from 'holdfast-example-sqlite/connection.js'
import { Sensor } from './sensor.js'
import { QUANTITIES } from './sensor-bus.js'
import { RecorderSettings } from './settings.js'

const COLUMNS = ['iteration', 'readings', 'sensors', 'connections', 'scopes', 'all handles', 'heap'] as const
const WIDTH = 13

/** Counts the iterations, and shows now and then what is alive at the end of one. */
export class Progress {
  static readonly inject = [RecorderSettings] as const
  /** Resolves when there were as many iterations as were wanted. */
  readonly finished: Promise<void>
  #finish!: () => void
  readonly #settings: RecorderSettings
  #iterations = 0

  constructor(settings: RecorderSettings) {
    this.#settings = settings
    this.finished = new Promise((resolve) => {
      this.#finish = resolve
    })
  }

  get iterations(): number {
    return this.#iterations
  }

  note(): void {
    const { every, iterations } = this.#settings
    this.#iterations++
    if (this.#iterations % every === 0) this.#show()
    if (this.#iterations === iterations) this.#finish()
  }

  #show(): void {
    if (this.#iterations === this.#settings.every) console.log(COLUMNS.map((name) => name.padStart(WIDTH)).join(''))
    const figures = [
      this.#iterations,
      this.#iterations * QUANTITIES.length,
      liveHandles(Sensor),
      liveHandles(Connection),
      liveHandles('ServiceScope'),
      liveHandles(),
    ]
    const texts = [...figures.map((figure) => figure.toLocaleString('en')), heap(this.#settings.gc)]
    console.log(texts.map((text) => text.padStart(WIDTH)).join(''))
  }
}

/** One collection leaves what had to wait for another. */
const COLLECTIONS = 5

function heap(collect: boolean): string {
  let least = process.memoryUsage().heapUsed
  for (let i = 0; collect && i < COLLECTIONS; i++) {
    GC.collect()
    least = Math.min(least, process.memoryUsage().heapUsed)
  }
  return `${Math.round(least / 1024).toLocaleString('en')} KiB`
}
