import { setTimeout } from 'node:timers/promises'
import fc from 'fast-check'
import { beforeEach, expect, it } from 'vitest'
import { GC, liveHandles, NativeBuffer } from '../../lib/index.js'
import { FakeHandle } from '../support/fake-handle.js'

// What GC.memoryPressure says, against a sum kept by hand, after every step of random programs. Dropped
// handles count until the library finds them, so those are counted by a collection.

const MOST = Number.MAX_SAFE_INTEGER

const bytes = fc.oneof(fc.integer({ min: 1, max: 100_000 }), fc.integer({ min: 1, max: MOST }), fc.constant(MOST))
const size = fc.nat({ max: 200_000 })
const which = fc.nat({ max: 1000 })

const step = fc.oneof(
  fc.record({ do: fc.constantFrom('add', 'remove'), bytes }),
  fc.record({ do: fc.constantFrom('openBuffer', 'openHandle'), bytes: size }),
  fc.record({ do: fc.constantFrom('dispose', 'drop'), bytes: which }),
  fc.record({ do: fc.constant('resize'), bytes: size }),
)

interface Open {
  readonly handle: FakeHandle | NativeBuffer
  bytes: number
}

class Model {
  added = 0
  dropped = 0
  readonly open: Open[] = []

  run(action: string, amount: number): void {
    const at = amount % (this.open.length || 1)
    const one = this.open[at]
    if (action === 'add') {
      GC.addMemoryPressure(amount)
      this.added = Math.min(MOST, this.added + amount)
    } else if (action === 'remove') {
      GC.removeMemoryPressure(amount)
      this.added = Math.max(0, this.added - amount)
    } else if (action === 'openBuffer') {
      this.open.push({ handle: new NativeBuffer(amount), bytes: amount })
    } else if (action === 'openHandle') {
      this.open.push({ handle: new FakeHandle(1, { byteLength: amount }), bytes: amount })
    } else if (one === undefined) {
      return
    } else if (action === 'resize') {
      if (one.handle instanceof NativeBuffer) one.handle.resize(amount)
      else one.handle.set(1, amount)
      one.bytes = amount
    } else {
      this.open.splice(at, 1)
      if (action === 'dispose') one.handle.dispose()
      else this.dropped += one.bytes
    }
  }

  /** With what was dropped and may not have been found yet, and without. */
  bounds(): [number, number] {
    const least = this.added + this.open.reduce((sum, { bytes }) => sum + bytes, 0)
    return [Math.min(MOST, least), Math.min(MOST, least + this.dropped)]
  }
}

/** Once, as a rule. But code is compiled on another thread, which keeps the objects that it has seen until it is done. */
async function collect(expected: number): Promise<void> {
  GC.collect()
  for (let again = 0; again < 20 && liveHandles() > expected; again++) {
    await setTimeout(10)
    GC.collect()
  }
}

beforeEach(() => FakeHandle.reset())

it('GC.memoryPressure is what a sum kept by hand says, at every step of random programs', async () => {
  const model = new Model()
  const before = liveHandles()
  const program = fc.array(step, { minLength: 100, maxLength: 100, size: 'max' })
  await fc.assert(
    fc.asyncProperty(program, async (steps) => {
      for (const { do: action, bytes: amount } of steps) {
        model.run(action, amount)
        const [least, most] = model.bounds()
        const found = GC.memoryPressure
        if (found < least || found > most) expect({ action, amount, found }).toEqual({ action, amount, found: least })
      }
      await collect(before + model.open.length)
      model.dropped = 0
      expect(GC.memoryPressure).toBe(model.bounds()[0])
    }),
    { numRuns: 60, endOnFailure: true },
  )
  for (const { handle } of model.open) handle.dispose()
  GC.removeMemoryPressure(MOST)
  expect(GC.memoryPressure).toBe(0)
})
