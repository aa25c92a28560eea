import { performance } from 'node:perf_hooks'
import { setImmediate } from 'node:timers/promises'
import { GC, NativeBuffer } from 'holdfast'
import { betweenTrials } from '../contest.js'
import { ReferenceBuffer, RegisteredBuffer } from '../peers.js'
import type { Question, Samples, Trial } from '../question.js'
import { collectGarbage } from '../rounds.js'

const HANDLES = 1_000_000
const BYTES = 64
const COLLECTIONS = 7

class Plain {
  readonly byteLength: number
  #address = 0

  constructor(byteLength: number) {
    this.byteLength = byteLength
    this.#address = byteLength
  }

  dispose(): void {
    this.#address = 0
  }

  get isOpen(): boolean {
    return this.#address !== 0
  }
}

async function residentBytes(): Promise<number> {
  for (let collection = 0; collection < 3; collection++) {
    collectGarbage('major')
    await setImmediate()
  }
  return process.memoryUsage.rss()
}

function timesOf(collect: () => void): number[] {
  return Array.from({ length: COLLECTIONS }, () => {
    const start = performance.now()
    collect()
    return (performance.now() - start) * 1e6
  })
}

function trial(name: string, open: () => object): Trial {
  return {
    name,
    async run(progress): Promise<Samples> {
      const objects = new Array<object | undefined>(HANDLES).fill(undefined)
      const before = await residentBytes()
      progress('opening 1,000,000')
      for (let i = 0; i < HANDLES; i++) objects[i] = open()
      const after = await residentBytes()
      progress('collecting')
      const pauses = timesOf(() => collectGarbage('major'))
      const collections = timesOf(() => GC.collect())
      if (objects.includes(undefined)) throw new Error('Not all objects were alive to the end.')
      return {
        'resident bytes each': { unit: 'B', values: [(after - before) / HANDLES] },
        'major collection': { unit: 'time', values: pauses },
        'GC.collect()': { unit: 'time', values: collections },
      }
    },
  }
}

const OURS = 'NativeBuffer'
const REFERENCE = 'hand-written, weak reference'
const REGISTERED = 'hand-written, FinalizationRegistry'
const PLAIN = 'plain objects'

export const standing: Question = {
  id: 'standing',
  title: '1,000,000 live handles: what they cost while nothing happens',
  note:
    'Each kind in a process of its own. The bytes contain the 64 of the buffer itself, except for plain objects. ' +
    '`GC.collect()` is a major collection and the sweep after it; among others than ours there is nothing to sweep.',
  trials: [
    trial(OURS, () => new NativeBuffer(BYTES, { zeroed: false })),
    trial(REFERENCE, () => new ReferenceBuffer(BYTES)),
    trial(REGISTERED, () => new RegisteredBuffer(BYTES)),
    trial(PLAIN, () => new Plain(BYTES)),
  ],
  contest: betweenTrials(OURS),
  measures: [
    { label: 'resident bytes per NativeBuffer of 64 B', trial: OURS, of: 'resident bytes each' },
    { label: 'the same, hand-written with a weak reference', trial: REFERENCE, of: 'resident bytes each' },
    { label: 'major collection', trial: OURS, of: 'major collection' },
    {
      label: 'major collection against that of plain objects',
      trial: OURS,
      of: 'major collection',
      against: 'major collection',
      againstTrial: PLAIN,
    },
    {
      label: 'major collection against hand-written weak references',
      trial: OURS,
      of: 'major collection',
      against: 'major collection',
      againstTrial: REFERENCE,
    },
  ],
}
