import { SafeHandle } from './safe-handle.js'

/** −1 as C libraries return it in a pointer, read as an unsigned number. */
const MINUS_ONE_UNSIGNED = 2n ** 64n - 1n

function isMinusOne(handle: bigint | number): boolean {
  return handle === -1 || handle === -1n || handle === MINUS_ONE_UNSIGNED
}

/**
 * For handles of which 0 and −1 mean "none", as a number or a bigint: most pointers. −1 may also come as
 * the unsigned 64-bit number.
 */
export abstract class SafeHandleZeroOrMinusOneIsInvalid extends SafeHandle<bigint | number> {
  /** Whether a raw value is 0 or −1. */
  static isInvalidHandle(handle: bigint | number): boolean {
    return handle === 0 || handle === 0n || isMinusOne(handle)
  }

  /**
   * For classes that extend this one.
   *
   * @param ownsHandle false: the handle is never released. Default true
   */
  protected constructor(ownsHandle = true) {
    super(0, ownsHandle)
  }
}

/** For handles of which −1 means "none", as a number or a bigint: file descriptors. */
export abstract class SafeHandleMinusOneIsInvalid extends SafeHandle<bigint | number> {
  /** Whether a raw value is −1. */
  static isInvalidHandle(handle: bigint | number): boolean {
    return isMinusOne(handle)
  }

  /**
   * For classes that extend this one.
   *
   * @param ownsHandle false: the handle is never released. Default true
   */
  protected constructor(ownsHandle = true) {
    super(-1, ownsHandle)
  }
}
