const SIGNALS = ['SIGINT', 'SIGTERM'] as const

/**
 * Asks for the end once, at the first signal that wants it. The next one does what it does in a program that does not
 * listen: whoever is tired of waiting can end the process.
 */
export class ShutdownSignals {
  readonly #listener: () => void

  constructor(onShutdown: () => void) {
    this.#listener = () => {
      this.ignore()
      onShutdown()
    }
    for (const signal of SIGNALS) process.on(signal, this.#listener)
  }

  ignore(): void {
    for (const signal of SIGNALS) process.off(signal, this.#listener)
  }
}
