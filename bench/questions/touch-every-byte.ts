import { Buffer } from 'node:buffer'
import { NativeBuffer } from 'holdfast'
import { betweenSamples } from '../contest.js'
import { ExternalBuffer } from '../peers.js'
import type { Bound, Measure, Question } from '../question.js'
import { type Contestant, interleaved } from '../rounds.js'

interface Size {
  readonly name: string
  readonly bytes: number
  readonly faster?: Bound
  readonly floor?: Bound
}

const SIZES: readonly Size[] = [
  { name: '64 B', bytes: 64 },
  { name: '4 KiB', bytes: 4 * 2 ** 10, faster: { atLeast: 1 } },
  { name: '64 KiB', bytes: 64 * 2 ** 10, faster: { atLeast: 2 } },
  { name: '1 MiB', bytes: 2 ** 20, faster: { atLeast: 5 }, floor: { atMost: 1.15 } },
  { name: '16 MiB', bytes: 16 * 2 ** 20 },
]

const ZEROED = 'NativeBuffer'
const NOT_ZEROED = 'NativeBuffer, zeroed: false'
const HAND_WRITTEN = 'hand-written: external, detach, free'
const ALLOC = 'Buffer.alloc'
const REUSED = 'one reused Buffer'

/** Writes another value in each pass and reads one byte back. */
function touch(bytes: Buffer, pass: number): number {
  bytes.fill(pass & 255)
  return bytes[pass % bytes.length] as number
}

/** What is not given back at once would be cheap to dispose of. */
function checkThatDisposeDetaches(size: number): void {
  const buffer = new NativeBuffer(size)
  const { bytes } = buffer
  buffer.dispose()
  if (bytes.length > 0) throw new Error(`A view of ${size} bytes is still attached after dispose().`)
}

// Each loop is written out: one function for several classes would be optimised for none of them.
function contestants(size: number): Contestant[] {
  return [
    {
      name: ZEROED,
      prepare: () => {
        checkThatDisposeDetaches(size)
        return (count) => {
          let sum = 0
          for (let pass = 0; pass < count; pass++) {
            const buffer = new NativeBuffer(size)
            sum += touch(buffer.bytes, pass)
            buffer.dispose()
          }
          return sum
        }
      },
    },
    {
      name: NOT_ZEROED,
      prepare: () => (count) => {
        let sum = 0
        for (let pass = 0; pass < count; pass++) {
          const buffer = new NativeBuffer(size, { zeroed: false })
          sum += touch(buffer.bytes, pass)
          buffer.dispose()
        }
        return sum
      },
    },
    {
      name: HAND_WRITTEN,
      prepare: () => (count) => {
        let sum = 0
        for (let pass = 0; pass < count; pass++) {
          const buffer = new ExternalBuffer(size)
          sum += touch(buffer.bytes, pass)
          buffer.dispose()
        }
        return sum
      },
    },
    {
      name: ALLOC,
      prepare: () => (count) => {
        let sum = 0
        for (let pass = 0; pass < count; pass++) sum += touch(Buffer.alloc(size), pass)
        return sum
      },
    },
    {
      name: 'Buffer.allocUnsafeSlow',
      prepare: () => (count) => {
        let sum = 0
        for (let pass = 0; pass < count; pass++) sum += touch(Buffer.allocUnsafeSlow(size), pass)
        return sum
      },
    },
    {
      name: REUSED,
      prepare: () => {
        const reused = Buffer.alloc(size)
        return (count) => {
          let sum = 0
          for (let pass = 0; pass < count; pass++) sum += touch(reused, pass)
          return sum
        }
      },
    },
  ]
}

function measuresOf({ name, faster, floor }: Size): Measure[] {
  return [ZEROED, NOT_ZEROED].flatMap((ours): Measure[] => {
    const options = ours === ZEROED ? 'zeroed' : 'not zeroed'
    const speed = {
      label: `${name}, ${options}: faster than Buffer.alloc`,
      trial: name,
      of: ALLOC,
      against: ours,
      better: 'more' as const,
      unchecked: true as const,
    }
    const cost = {
      label: `${name}, ${options}: against the hand-written reference`,
      trial: name,
      of: ours,
      against: HAND_WRITTEN,
    }
    const aboveFloor = {
      label: `${name}, ${options}: against one reused Buffer`,
      trial: name,
      of: ours,
      against: REUSED,
    }
    return [
      faster === undefined ? speed : { ...speed, bound: faster },
      cost,
      ...(floor === undefined ? [] : [{ ...aboveFloor, bound: floor }]),
    ]
  })
}

export const touchEveryByte: Question = {
  id: 'touch-every-byte',
  title: 'Open, touch every byte, dispose',
  note:
    '`bytes.fill(x)` over the whole buffer. By default a `NativeBuffer` is zeroed like `Buffer.alloc`, so that ' +
    'memory which was used before is written twice; `zeroed: false` leaves that out. One reused Buffer is the ' +
    'floor: filling alone. Buffers are dropped, the others disposed. Each size has a process of its own.',
  trials: SIZES.map(({ name, bytes }) => interleaved(name, contestants(bytes), { rounds: 17 })),
  contest: betweenSamples(ZEROED, NOT_ZEROED),
  measures: SIZES.flatMap(measuresOf),
}
