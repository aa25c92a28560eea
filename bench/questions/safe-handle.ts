import { SafeHandle } from 'holdfast'
import { betweenSamples } from '../contest.js'
import type { Question } from '../question.js'
import { countingContestant, interleaved } from '../rounds.js'

let released = 0

function release(handle: number): void {
  released += handle
}

class Ours extends SafeHandle<number> {
  static releaseHandle(handle: number): void {
    release(handle)
  }

  constructor(handle: number) {
    super(0)
    this.setHandle(handle)
  }
}

const registry = new FinalizationRegistry<number>(release)

class Registered {
  #handle: number

  constructor(handle: number) {
    this.#handle = handle
    registry.register(this, handle, this)
  }

  dispose(): void {
    if (this.#handle === 0) return
    registry.unregister(this)
    release(this.#handle)
    this.#handle = 0
  }
}

const ours = countingContestant(
  'SafeHandle subclass',
  () => released,
  (count) => {
    for (let i = 0; i < count; i++) new Ours(1).dispose()
  },
)

const registered = countingContestant(
  'FinalizationRegistry',
  () => released,
  (count) => {
    for (let i = 0; i < count; i++) new Registered(1).dispose()
  },
)

const TRIAL = 'released by JavaScript'

export const safeHandle: Question = {
  id: 'safe-handle',
  title: 'Open and dispose, released by JavaScript',
  note: 'A subclass of `SafeHandle` whose `releaseHandle` adds a number, against a class with a FinalizationRegistry.',
  trials: [interleaved(TRIAL, [ours, registered])],
  contest: betweenSamples(ours.name),
  measures: [
    {
      label: 'against a FinalizationRegistry for each object',
      trial: TRIAL,
      of: ours.name,
      against: registered.name,
      swings: true,
    },
    { label: 'time per handle', trial: TRIAL, of: ours.name },
  ],
}
