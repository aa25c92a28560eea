// What part 2 compares with: the usual way to release memory behind an object, one FinalizationRegistry
// registration each.

/**
 * Memory outside the JavaScript heap that only a FinalizationRegistry releases.
 *
 * A Buffer in a map stands for what an addon would allocate: the engine knows its size and collects
 * accordingly, as with an addon that reports what it allocates. Like that of a NativeBuffer, the memory
 * is not touched before somebody looks at it, and is zeroed then.
 */
export class RegistryBuffer {
  static readonly #memory = new Map<number, Buffer>()
  static readonly #registry = new FinalizationRegistry<number>((token) => RegistryBuffer.#release(token))
  static #nextToken = 0
  static #liveBytes = 0
  static #peakLive = 0
  static #peakLiveBytes = 0

  readonly #token = RegistryBuffer.#nextToken++
  #bytes: Buffer | undefined

  constructor(byteLength: number) {
    const memory = RegistryBuffer.#memory
    memory.set(this.#token, Buffer.allocUnsafeSlow(byteLength))
    RegistryBuffer.#liveBytes += byteLength
    RegistryBuffer.#peakLive = Math.max(RegistryBuffer.#peakLive, memory.size)
    RegistryBuffer.#peakLiveBytes = Math.max(RegistryBuffer.#peakLiveBytes, RegistryBuffer.#liveBytes)
    RegistryBuffer.#registry.register(this, this.#token)
  }

  static #release(token: number): void {
    RegistryBuffer.#liveBytes -= RegistryBuffer.#memory.get(token)?.length ?? 0
    RegistryBuffer.#memory.delete(token)
  }

  get bytes(): Buffer {
    this.#bytes ??= (RegistryBuffer.#memory.get(this.#token) as Buffer).fill(0)
    return this.#bytes
  }

  static get counts() {
    return {
      live: RegistryBuffer.#memory.size,
      liveBytes: RegistryBuffer.#liveBytes,
      peakLive: RegistryBuffer.#peakLive,
      peakLiveBytes: RegistryBuffer.#peakLiveBytes,
    }
  }
}
