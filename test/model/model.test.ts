import fc from 'fast-check'
import { beforeEach, expect, it } from 'vitest'
import { liveHandles } from '../../lib/index.js'
import { FakeHandle } from '../support/fake-handle.js'
import { actions, Model, type Step } from './commands.js'

beforeEach(() => FakeHandle.reset())

// Mostly small; now and then past the limits at which a buffer changes where its memory comes from.
const amount = fc.oneof(
  { weight: 20, arbitrary: fc.nat({ max: 300 }) },
  { weight: 2, arbitrary: fc.nat({ max: 70_000 }) },
  { weight: 1, arbitrary: fc.nat({ max: 200_000 }) },
)

const action = fc.constantFrom(...(Object.keys(actions) as (keyof typeof actions)[]))
const step: fc.Arbitrary<Step> = fc.tuple(action, fc.nat({ max: 1000 }), amount)

const PROGRAMS = 200
const STEPS = 500

it(`keeps every promise and every count through ${PROGRAMS * STEPS} random operations`, () => {
  let steps = 0
  const program = fc.array(step, { minLength: STEPS, maxLength: STEPS, size: 'max' })
  // One model for all programs: the counters of the library go on from one to the next, too.
  const model = new Model()
  fc.assert(
    fc.property(program, (sequence) => {
      for (const next of sequence) model.run(next)
      steps += sequence.length
    }),
    // A smaller program would meet other handles than the one that failed.
    { numRuns: PROGRAMS, endOnFailure: true },
  )
  model.disposeOfAll()
  expect(steps).toBeGreaterThanOrEqual(PROGRAMS * STEPS)
  expect(liveHandles()).toBe(0)
  expect(FakeHandle.released).toEqual(model.expectedReleases)
})
