import { liveHandles, NativeBuffer } from 'holdfast'
import type { Question } from '../question.js'
import { type Contestant, interleaved } from '../rounds.js'

// Each result is stored where the compiler must assume that the counter could be: it can neither be read
// once before the loop nor not at all.
const results = new Float64Array(16)

const all: Contestant = {
  name: 'liveHandles()',
  prepare: () => {
    // Something to count, of a kind to ask for.
    const kept = new NativeBuffer(64)
    return (count) => {
      for (let i = 0; i < count; i++) results[i & 15] = liveHandles()
      return (results[0] as number) + kept.byteLength
    }
  },
}

const ofKind: Contestant = {
  name: "liveHandles('NativeBuffer')",
  prepare: () => (count) => {
    for (let i = 0; i < count; i++) results[i & 15] = liveHandles('NativeBuffer')
    return results[0] as number
  },
}

const TRIAL = 'a call'

export const counting: Question = {
  id: 'counting',
  title: 'Asking for the live count',
  note: 'One call of `liveHandles()`, its result stored.',
  trials: [interleaved(TRIAL, [all, ofKind])],
  measures: [
    { label: 'liveHandles()', trial: TRIAL, of: all.name, bound: { atMost: 30 } },
    { label: ofKind.name, trial: TRIAL, of: ofKind.name },
  ],
}
