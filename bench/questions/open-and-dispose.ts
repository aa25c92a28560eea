import { NativeBuffer } from 'holdfast'
import { betweenSamples } from '../contest.js'
import { ReferenceBuffer, RegisteredBuffer } from '../peers.js'
import type { Question } from '../question.js'
import { type Contestant, interleaved } from '../rounds.js'

const BYTES = 64

const ours: Contestant = {
  name: 'NativeBuffer',
  prepare: () => (count) => {
    let done = 0
    for (let i = 0; i < count; i++) {
      new NativeBuffer(BYTES, { zeroed: false }).dispose()
      done++
    }
    return done
  },
}

const reference: Contestant = {
  name: 'hand-written, weak reference',
  prepare: () => (count) => {
    let done = 0
    for (let i = 0; i < count; i++) {
      new ReferenceBuffer(BYTES).dispose()
      done++
    }
    return done
  },
}

const registered: Contestant = {
  name: 'hand-written, FinalizationRegistry',
  prepare: () => (count) => {
    let done = 0
    for (let i = 0; i < count; i++) {
      new RegisteredBuffer(BYTES).dispose()
      done++
    }
    return done
  },
}

const TRIAL = '64 B, no view'

export const openAndDispose: Question = {
  id: 'open-and-dispose',
  title: 'Open and dispose',
  note:
    '`new NativeBuffer(64, { zeroed: false })` and `dispose()`, nothing else. The hand-written classes do the ' +
    'same over `malloc` and `free`: one with a weak reference that nobody looks at, one with one ' +
    'FinalizationRegistry registration for each object.',
  trials: [interleaved(TRIAL, [ours, reference, registered], { rounds: 31 })],
  contest: betweenSamples(ours.name),
  measures: [
    {
      label: 'against the hand-written reference',
      trial: TRIAL,
      of: ours.name,
      against: reference.name,
      bound: { atMost: 1.5 },
    },
    {
      label: 'against a FinalizationRegistry for each object',
      trial: TRIAL,
      of: ours.name,
      against: registered.name,
      bound: { atMost: 0.6 },
      swings: true,
    },
  ],
}
