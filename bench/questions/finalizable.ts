import { FinalizableObject } from 'holdfast'
import { betweenSamples } from '../contest.js'
import type { Question } from '../question.js'
import { countingContestant, interleaved } from '../rounds.js'

let released = 0

interface Resource {
  readonly weight: number
}

const resource: Resource = { weight: 1 }

function release({ weight }: Resource): void {
  released += weight
}

class Ours extends FinalizableObject<Resource> {
  constructor() {
    super(resource, release)
  }

  protected override disposeCore(): void {}
}

const registry = new FinalizationRegistry<Resource>(release)

class Registered {
  #resource: Resource | undefined = resource

  constructor() {
    registry.register(this, resource, this)
  }

  dispose(): void {
    if (this.#resource === undefined) return
    registry.unregister(this)
    release(this.#resource)
    this.#resource = undefined
  }
}

const ours = countingContestant(
  'FinalizableObject',
  () => released,
  (count) => {
    for (let i = 0; i < count; i++) new Ours().dispose()
  },
)

const registered = countingContestant(
  'FinalizationRegistry',
  () => released,
  (count) => {
    for (let i = 0; i < count; i++) new Registered().dispose()
  },
)

const TRIAL = 'create and dispose'

export const finalizable: Question = {
  id: 'finalizable',
  title: 'Create and dispose a finalizable object',
  note:
    'A subclass of `FinalizableObject` with an empty `disposeCore`, against a class that registers each object in a ' +
    'FinalizationRegistry and unregisters it. The finalizer of both adds a number.',
  trials: [interleaved(TRIAL, [ours, registered])],
  contest: betweenSamples(ours.name),
  measures: [
    {
      label: 'against a FinalizationRegistry for each object',
      trial: TRIAL,
      of: ours.name,
      against: registered.name,
      bound: { atMost: 0.6 },
    },
    { label: 'time per object', trial: TRIAL, of: ours.name },
  ],
}
