import { describe, expect, it } from 'vitest'
import { SafeHandleMinusOneIsInvalid, SafeHandleZeroOrMinusOneIsInvalid } from '../../lib/index.js'

class Pointer extends SafeHandleZeroOrMinusOneIsInvalid {
  static releaseHandle() {}
  constructor(handle?: bigint | number, ownsHandle?: boolean) {
    super(ownsHandle)
    if (handle !== undefined) this.setHandle(handle)
  }
}

class Descriptor extends SafeHandleMinusOneIsInvalid {
  static releaseHandle() {}
  constructor(handle?: bigint | number) {
    super()
    if (handle !== undefined) this.setHandle(handle)
  }
}

describe('SafeHandleZeroOrMinusOneIsInvalid', () => {
  it.each([0, 0n, -0, -1, -1n, 2n ** 64n - 1n])('takes %s for no handle', (handle) => {
    using pointer = new Pointer(handle)
    expect(pointer.isInvalid).toBe(true)
  })

  it.each([1, 1n, -2, 2n ** 63n])('takes %s for a handle', (handle) => {
    using pointer = new Pointer(handle)
    expect(pointer.isInvalid).toBe(false)
  })

  it('begins without a handle', () => {
    expect(new Pointer().isInvalid).toBe(true)
  })
})

describe('SafeHandleMinusOneIsInvalid', () => {
  it('takes 0 for a handle and -1 for none', () => {
    using zero = new Descriptor(0)
    expect([zero.isInvalid, new Descriptor(-1).isInvalid, new Descriptor(-1n).isInvalid]).toEqual([false, true, true])
    expect(new Descriptor().isInvalid).toBe(true)
  })
})
