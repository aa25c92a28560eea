import { Buffer } from 'node:buffer'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { PROJECT } from './project.js'

// What a program would do without Holdfast: small classes over the hand-written addon bench/native, each
// with as much care as it takes to be correct when everybody disposes, and no more.

interface ReferenceAddon {
  open(owner: object, byteLength: number): number
  close(record: number): void
  allocate(byteLength: number): number
  free(address: number): void
  view(address: number, byteLength: number): ArrayBuffer
  detachAndFree(arrayBuffer: ArrayBuffer, address: number): void
}

const load = createRequire(import.meta.url)
const addon = load(join(PROJECT, 'bench', 'native', 'build', 'Release', 'reference.node')) as ReferenceAddon

/** Native code holds a weak reference to the object, and nobody ever looks at it. */
export class ReferenceBuffer {
  #record: number

  constructor(byteLength: number) {
    this.#record = addon.open(this, byteLength)
  }

  dispose(): void {
    if (this.#record === 0) return
    addon.close(this.#record)
    this.#record = 0
  }
}

const registry = new FinalizationRegistry<number>((address) => addon.free(address))

/** One registration for each object. */
export class RegisteredBuffer {
  #address: number

  constructor(byteLength: number) {
    this.#address = addon.allocate(byteLength)
    registry.register(this, this.#address, this)
  }

  dispose(): void {
    if (this.#address === 0) return
    registry.unregister(this)
    addon.free(this.#address)
    this.#address = 0
  }

  /** Must not outlive the object: the registry frees the memory under it. Holdfast does not allow that. */
  view(byteLength: number): Buffer {
    return Buffer.from(addon.view(this.#address, byteLength))
  }
}

/** A view of each buffer, nothing that watches over either. */
export class ExternalBuffer {
  #address: number
  readonly bytes: Buffer

  constructor(byteLength: number) {
    this.#address = addon.allocate(byteLength)
    this.bytes = Buffer.from(addon.view(this.#address, byteLength))
  }

  dispose(): void {
    if (this.#address === 0) return
    addon.detachAndFree(this.bytes.buffer as ArrayBuffer, this.#address)
    this.#address = 0
  }
}
