import type { HandleCollector } from '../collectors/handle-collector.js'
import { describe } from '../safe-handle.js'
import { descriptorCollector, replaceCollector } from './descriptor-collector.js'
import { NativeResource, resourcePath } from './native-resource.js'

// Symbols, not private names: see safe-handle.ts.
/** @internal */
export const descriptor: unique symbol = Symbol('descriptor')
/** @internal */
export const place: unique symbol = Symbol('place')

const CLOSED = -1

/** Something of the file system that is open. */
export abstract class DescriptorHandle extends NativeResource<number> {
  /** @internal */
  declare [descriptor]: number
  /** @internal */
  declare [place]: string

  /**
   * Counts the descriptors of this thread, those of files and of directories. Its threshold is a quarter of the
   * limit of the process for open files, between 16 and 4,096.
   */
  static get collector(): HandleCollector {
    return descriptorCollector()
  }

  /** Another one, or none, for this class and for those that extend it. */
  static set collector(collector: HandleCollector | undefined) {
    replaceCollector(this, collector)
  }

  /** For classes that extend this one: their static functions construct, and open then. */
  protected constructor() {
    super(CLOSED)
    this[descriptor] = CLOSED
    this[place] = ''
  }

  /** The descriptor without any check: after disposal the stale one, which may be another file's by then. */
  override dangerousGetHandle(): number {
    return this[descriptor]
  }

  override get isInvalid(): boolean {
    return this[descriptor] === CLOSED
  }

  /** @internal */
  override get [resourcePath](): string {
    return this[place]
  }

  /** @internal */
  override [describe](): Record<string, unknown> {
    return { path: this[place], fd: this[descriptor] }
  }
}
