// Thumbnails, the last few of them kept by their addresses.
import { DisposableObject, NativeBuffer } from 'holdfast'

class Thumbnails extends DisposableObject {
  static readonly #MOST = 16
  readonly #cache = new Map<string, NativeBuffer>()

  of(address: string): NativeBuffer {
    const thumbnail = this.#cache.get(address) ?? new NativeBuffer(16 * 1024)
    this.#cache.delete(address)
    this.#cache.set(address, thumbnail)
    if (this.#cache.size > Thumbnails.#MOST) this.#dropOldest()
    return thumbnail
  }

  #dropOldest(): void {
    const [oldest] = this.#cache
    if (oldest === undefined) return
    const [address, thumbnail] = oldest
    this.#cache.delete(address)
    thumbnail.dispose()
  }

  protected override disposeCore(): void {
    for (const thumbnail of this.#cache.values()) thumbnail.dispose()
  }
}

using thumbnails = new Thumbnails()
let bytes = 0
for (let visitor = 0; visitor < 200; visitor++) bytes += thumbnails.of(`/user/${visitor}.png`).byteLength
console.log(`${bytes} bytes shown`)
