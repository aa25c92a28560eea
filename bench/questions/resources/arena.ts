import { NativeArena } from 'holdfast'
import { betweenSamples } from '../../contest.js'
import type { Question } from '../../question.js'
import { type Contestant, interleaved } from '../../rounds.js'

/** From 64 to 1024 bytes, in no order. */
const SIZES = Array.from({ length: 961 }, (_, index) => 64 + ((index * 7919) % 961))
const BLOCKS_BETWEEN_RESETS = 5000

function contestant(name: string, prepare: () => (byteLength: number, index: number) => Buffer): Contestant {
  return {
    name,
    prepare: () => {
      const alloc = prepare()
      return (count) => {
        let bytes = 0
        for (let index = 0; index < count; index++) {
          const block = alloc(SIZES[index % SIZES.length] as number, index)
          block[0] = index
          bytes += block.length
        }
        return bytes
      }
    },
  }
}

const arena = contestant('NativeArena', () => {
  const blocks = new NativeArena()
  return (byteLength, index) => {
    if (index % BLOCKS_BETWEEN_RESETS === 0) blocks.reset()
    return blocks.alloc(byteLength)
  }
})
const allocUnsafe = contestant('Buffer.allocUnsafe', () => (byteLength) => Buffer.allocUnsafe(byteLength))
const alloc = contestant('Buffer.alloc', () => (byteLength) => Buffer.alloc(byteLength))

const TRIAL = '64 to 1024 bytes'

export const arenaBlocks: Question = {
  id: 'arena',
  title: 'Many small blocks',
  note:
    `Blocks of 64 to 1024 bytes, of which the first is written. The arena is reset after ${BLOCKS_BETWEEN_RESETS} blocks, ` +
    'which zeroes what they had, within its time. `Buffer.allocUnsafe` zeroes nothing.',
  trials: [interleaved(TRIAL, [arena, allocUnsafe, alloc])],
  contest: betweenSamples(arena.name),
  measures: [
    {
      label: 'Buffer.allocUnsafe against NativeArena',
      trial: TRIAL,
      of: allocUnsafe.name,
      against: arena.name,
      bound: { atLeast: 1.5 },
      swings: true,
    },
    {
      label: 'Buffer.alloc against NativeArena',
      trial: TRIAL,
      of: alloc.name,
      against: arena.name,
      bound: { atLeast: 8 },
      swings: true,
    },
  ],
}
