import { SafeHandle } from '../../lib/index.js'

/** A handle over nothing: remembers which raw values were released, in order. */
export class FakeHandle extends SafeHandle<number> {
  static released: number[] = []
  static outcome: boolean | undefined | Error

  static releaseHandle(handle: number): boolean | undefined {
    FakeHandle.released.push(handle)
    if (FakeHandle.outcome instanceof Error) throw FakeHandle.outcome
    return FakeHandle.outcome
  }

  static reset(): void {
    FakeHandle.released = []
    FakeHandle.outcome = undefined
  }

  constructor(handle: number, { ownsHandle = true, byteLength = 0 } = {}) {
    super(-1, ownsHandle)
    this.setHandle(handle, byteLength)
  }

  /** `setHandle` is protected. */
  set(handle: number, byteLength?: unknown): void {
    this.setHandle(handle, byteLength as number)
  }
}
