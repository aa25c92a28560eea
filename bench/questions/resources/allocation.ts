import { NativeBuffer } from 'holdfast'
import { betweenSamples } from '../../contest.js'
import { loadPackage } from '../../packages.js'
import type { Question } from '../../question.js'
import { type Contestant, interleaved } from '../../rounds.js'

const BYTES = 4096

interface Koffi {
  alloc(type: string, length: number): bigint
  free(pointer: bigint): void
  view(pointer: bigint, byteLength: number): ArrayBuffer
}

function repeat(once: () => number): (count: number) => number {
  return (count) => {
    let done = 0
    for (let index = 0; index < count; index++) done += once()
    return done
  }
}

const ours: Contestant = {
  name: 'NativeBuffer',
  prepare: () =>
    repeat(() => {
      const buffer = new NativeBuffer(BYTES, { zeroed: false })
      const { length } = buffer.bytes.fill(1)
      buffer.dispose()
      return length
    }),
}

const koffi: Contestant = {
  name: 'koffi',
  prepare: () => {
    const { alloc, free, view } = loadPackage<Koffi>('koffi')
    return repeat(() => {
      const pointer = alloc('uint8_t', BYTES)
      const { length } = new Uint8Array(view(pointer, BYTES)).fill(1)
      free(pointer)
      return length
    })
  },
}

const slow: Contestant = {
  name: 'Buffer.allocUnsafeSlow',
  prepare: () => repeat(() => Buffer.allocUnsafeSlow(BYTES).fill(1).length),
}

const TRIAL = '4 KiB, filled'

export const allocation: Question = {
  id: 'allocation',
  title: 'Native memory that is seen by JavaScript',
  note:
    'Allocate 4 KiB, fill them from JavaScript, and free them: `new NativeBuffer`, `bytes.fill`, `dispose`; `alloc`, `view` ' +
    'and `free` of koffi, whose view is left dangling; `Buffer.allocUnsafeSlow`, which the collector frees.',
  trials: [interleaved(TRIAL, [ours, koffi, slow])],
  contest: betweenSamples(ours.name),
  measures: [
    { label: 'against koffi', trial: TRIAL, of: ours.name, against: koffi.name },
    { label: 'against Buffer.allocUnsafeSlow', trial: TRIAL, of: ours.name, against: slow.name, swings: true },
  ],
}
