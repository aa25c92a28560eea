import * as symbols from './symbols.js'

interface Referenced<T> {
  dangerousGetHandle(): T
  dangerousRelease(): void
}

/** A reference to a handle that is out until the lease is disposed. Made by `SafeHandle.lease()`. */
export class HandleLease<T> implements Disposable {
  /** The raw handle; valid until the lease is disposed. */
  readonly value: T
  #handle: Referenced<T> | undefined

  /** @internal */
  constructor(handle: Referenced<T>) {
    this.#handle = handle
    this.value = handle.dangerousGetHandle()
  }

  /**
   * Gives the reference back; a second call does nothing.
   *
   * @throws HandleReleaseError when this was the last reference to a disposed handle and its release fails
   */
  dispose(): void {
    const handle = this.#handle
    this.#handle = undefined
    handle?.dangerousRelease()
  }

  /** For `using`: calls `dispose()`. */
  [symbols.dispose](): void {
    this.dispose()
  }
}
