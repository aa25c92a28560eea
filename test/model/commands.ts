import { expect } from 'vitest'
import {
  FinalizableObject,
  GC,
  type HandleCounts,
  handleStatistics,
  liveHandles,
  NativeBuffer,
} from '../../lib/index.js'
import { FakeHandle } from '../support/fake-handle.js'

// A random program over handles, run against the library and against the simplest thing that could be
// right: plain objects that remember what should be true.

/** An object whose finalizer records, like a FakeHandle, what was released. */
class FakeObject extends FinalizableObject<number> {
  readonly value: number

  constructor(value: number) {
    super(value, (state) => void FakeHandle.released.push(state))
    this.value = value
  }

  acquireAgain(): void {
    this.resurrect()
  }

  get isClosed(): boolean {
    return this.isDisposed
  }
}

const KINDS = ['FakeHandle', 'NativeBuffer', 'FakeObject'] as const

interface Expected {
  readonly kind: (typeof KINDS)[number]
  bytes: number
  references: number
  disposed: boolean
  closed: boolean
  /** The bytes as they should be; undefined for handles without any. */
  contents: Uint8Array | undefined
}

interface Pair {
  readonly real: FakeHandle | NativeBuffer | FakeObject
  readonly expected: Expected
}

interface Count {
  opened: number
  disposed: number
  liveBytes: number
}

export type Step = readonly [action: keyof typeof actions, which: number, amount: number]

export class Model {
  readonly #pairs: Pair[] = []
  readonly #counts: Record<Expected['kind'], Count> = {
    FakeHandle: { opened: 0, disposed: 0, liveBytes: 0 },
    NativeBuffer: { opened: 0, disposed: 0, liveBytes: 0 },
    FakeObject: { opened: 0, disposed: 0, liveBytes: 0 },
  }
  #nextValue = 0
  readonly expectedReleases: number[] = []

  run([action, which, amount]: Step): void {
    const pair = this.#pairs[which % (this.#pairs.length || 1)]
    if (action === 'openBuffer' || action === 'openHandle' || action === 'openObject') this[action](amount)
    else if (pair !== undefined) actions[action](this, pair, amount)
    this.#checkCounts()
  }

  openBuffer(size: number): void {
    const real = new NativeBuffer(size, size % 3 === 0 ? { alignment: 64 } : undefined)
    this.#open(real, {
      kind: 'NativeBuffer',
      bytes: size,
      references: 0,
      disposed: false,
      closed: false,
      contents: new Uint8Array(size),
    })
  }

  openHandle(bytes: number): void {
    const real = new FakeHandle(this.#nextValue++, { byteLength: bytes })
    this.#open(real, { kind: 'FakeHandle', bytes, references: 0, disposed: false, closed: false, contents: undefined })
  }

  openObject(): void {
    const real = new FakeObject(this.#nextValue++)
    this.#open(real, {
      kind: 'FakeObject',
      bytes: 0,
      references: 0,
      disposed: false,
      closed: false,
      contents: undefined,
    })
  }

  #open(real: Pair['real'], expected: Expected): void {
    this.#pairs.push({ real, expected })
    this.opened(expected)
  }

  opened({ kind, bytes }: Expected): void {
    this.#counts[kind].opened++
    this.#counts[kind].liveBytes += bytes
  }

  close({ real, expected }: Pair, released: boolean): void {
    expected.closed = true
    this.#counts[expected.kind].disposed++
    this.#counts[expected.kind].liveBytes -= expected.bytes
    if (!released || real instanceof NativeBuffer) return
    this.expectedReleases.push(real instanceof FakeObject ? real.value : real.dangerousGetHandle())
  }

  resized(expected: Expected, bytes: number): void {
    this.#counts[expected.kind].liveBytes += bytes - expected.bytes
    expected.bytes = bytes
  }

  /** Closed pairs are looked at once more and then left alone. */
  retire(pair: Pair): void {
    if (!pair.expected.closed || pair.expected.references > 0) return
    this.#pairs.splice(this.#pairs.indexOf(pair), 1)
  }

  disposeOfAll(): void {
    for (const pair of [...this.#pairs]) {
      while (pair.expected.references > 0) actions.release(this, pair)
      actions.dispose(this, pair)
    }
    this.#checkCounts()
  }

  #checkCounts(): void {
    const { kinds } = handleStatistics()
    for (const kind of KINDS) {
      const { opened, disposed, liveBytes } = this.#counts[kind]
      const found = kinds[kind] ?? NO_COUNTS
      const { live, finalized, transferredIn, transferredOut } = found
      // The identity of the contract, then the numbers one by one; `expect` is too slow for each of them.
      const addsUp = found.opened === live + found.disposed + finalized + transferredOut - transferredIn
      const asExpected = live === opened - disposed && found.liveBytes === liveBytes && finalized === 0
      if (addsUp && asExpected && found.opened === opened && liveHandles(kind) === live) continue
      expect({ kind, ...found }).toEqual({ kind, opened, disposed, live: opened - disposed, liveBytes })
    }
  }
}

const NO_COUNTS = {
  live: 0,
  liveBytes: 0,
  opened: 0,
  disposed: 0,
  finalized: 0,
  transferredIn: 0,
  transferredOut: 0,
} as HandleCounts

function throwsCode(body: () => unknown, code: string): void {
  let thrown: unknown
  try {
    body()
  } catch (error) {
    thrown = error
  }
  if ((thrown as { code?: unknown } | undefined)?.code !== code) expect(thrown).toMatchObject({ code })
}

const usable = ({ disposed, closed }: Expected) => !disposed && !closed

export const actions = {
  openBuffer(): void {},
  openHandle(): void {},
  openObject(): void {},

  dispose(model: Model, pair: Pair): void {
    const { real, expected } = pair
    real.dispose()
    if (!expected.closed && !expected.disposed && expected.references === 0) model.close(pair, true)
    expected.disposed = true
    if (real.isClosed !== expected.closed || !real.isDisposed) expect(real).toMatchObject(expected)
    model.retire(pair)
  },

  suppress(_: Model, { real }: Pair): void {
    GC.suppressFinalize(real)
  },

  reRegister(_: Model, { real, expected }: Pair): void {
    if (expected.closed) throwsCode(() => GC.reRegisterForFinalize(real), 'ERR_HOLDFAST_DISPOSED')
    else GC.reRegisterForFinalize(real)
  },

  resurrect(model: Model, pair: Pair): void {
    const { real, expected } = pair
    if (!(real instanceof FakeObject)) return
    real.dispose()
    model.close(pair, true)
    real.acquireAgain()
    expected.closed = false
    model.opened(expected)
  },

  addReference(_: Model, { real, expected }: Pair): void {
    if (real instanceof FakeObject) return
    if (!usable(expected)) {
      throwsCode(() => real.dangerousAddRef(), 'ERR_HOLDFAST_DISPOSED')
      return
    }
    real.dangerousAddRef()
    expected.references++
  },

  release(model: Model, pair: Pair): void {
    const { real, expected } = pair
    if (real instanceof FakeObject) return
    if (expected.references === 0) {
      throwsCode(() => real.dangerousRelease(), 'ERR_HOLDFAST_INVALID_OPERATION')
      return
    }
    real.dangerousRelease()
    expected.references--
    if (expected.references === 0 && expected.disposed && !expected.closed) model.close(pair, true)
    if (real.isClosed !== expected.closed) expect(real.isClosed).toBe(expected.closed)
    model.retire(pair)
  },

  giveAway(model: Model, pair: Pair): void {
    // Of a buffer that would leak its memory on purpose, a hundred thousand times.
    if (!(pair.real instanceof FakeHandle)) return
    pair.real.setHandleAsInvalid()
    if (!pair.expected.closed) model.close(pair, false)
  },

  write(_: Model, { real, expected }: Pair, amount: number): void {
    if (!(real instanceof NativeBuffer)) return
    if (!usable(expected)) {
      throwsCode(() => real.bytes, 'ERR_HOLDFAST_DISPOSED')
      return
    }
    if (expected.bytes === 0) return
    real.bytes[amount % expected.bytes] = amount
    ;(expected.contents as Uint8Array)[amount % expected.bytes] = amount
  },

  read(_: Model, { real, expected }: Pair): void {
    if (!(real instanceof NativeBuffer) || !usable(expected)) return
    if (Buffer.compare(real.bytes, expected.contents as Uint8Array) !== 0) {
      expect([...real.bytes]).toEqual([...(expected.contents as Uint8Array)])
    }
  },

  locate(_: Model, { real, expected }: Pair): void {
    if (!(real instanceof NativeBuffer)) return
    if (!usable(expected)) {
      throwsCode(() => real.address, 'ERR_HOLDFAST_DISPOSED')
      return
    }
    if (real.address === 0n) expect(real.address).not.toBe(0n)
  },

  resize(model: Model, pair: Pair, amount: number): void {
    const { real, expected } = pair
    if (real instanceof FakeObject) return
    if (real instanceof FakeHandle) {
      if (!usable(expected)) {
        throwsCode(() => real.set(0, amount), 'ERR_HOLDFAST_DISPOSED')
        return
      }
      real.set(real.dangerousGetHandle(), amount)
      model.resized(expected, amount)
      return
    }
    if (!usable(expected)) {
      throwsCode(() => real.resize(amount), 'ERR_HOLDFAST_DISPOSED')
      return
    }
    if (expected.references > 0) {
      throwsCode(() => real.resize(amount), 'ERR_HOLDFAST_INVALID_OPERATION')
      return
    }
    real.resize(amount)
    const contents = new Uint8Array(amount)
    contents.set((expected.contents as Uint8Array).subarray(0, amount))
    expected.contents = contents
    model.resized(expected, amount)
  },
}
