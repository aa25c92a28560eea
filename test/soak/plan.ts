import fc from 'fast-check'
import { OPERATIONS, type OperationName } from './operations.js'

// What the threads of a round do, made from a seed. When they do it, relative to each other, is for the machine.

export const PLACES = 48

/** A place is where a thread keeps something; what the amount means is for the operation to say. */
export type Operation = readonly [name: OperationName, place: number, amount: number]

export type WorkerEnding = 'return' | 'exit' | 'throw' | 'terminate'

export interface WorkerPlan {
  readonly batches: readonly (readonly Operation[])[]
  readonly ending: WorkerEnding
}

/** What the main thread does between two batches of operations. */
export type Control = readonly [what: 'start' | 'send' | 'terminate' | 'await' | 'turn' | 'limit', which: number]

/** The threads begin with nothing open, and at the end nothing is. */
export interface Lap {
  readonly workers: readonly WorkerPlan[]
  readonly steps: readonly { readonly operations: readonly Operation[]; readonly control: Control }[]
}

const name = fc.oneof(
  ...Object.entries(OPERATIONS).map(([operation, { weight }]) => ({
    weight,
    arbitrary: fc.constant(operation as OperationName),
  })),
)
const operation: fc.Arbitrary<Operation> = fc.tuple(name, fc.nat({ max: PLACES - 1 }), fc.nat({ max: 65_535 }))
const operations = fc.array(operation, { minLength: 5, maxLength: 60, size: 'max' })

const worker: fc.Arbitrary<WorkerPlan> = fc.record({
  batches: fc.array(operations, { minLength: 1, maxLength: 16, size: 'max' }),
  ending: fc.constantFrom<WorkerEnding>('return', 'exit', 'throw', 'terminate'),
})

const control: fc.Arbitrary<Control> = fc.tuple(
  fc.oneof(
    { weight: 4, arbitrary: fc.constant('turn' as const) },
    { weight: 4, arbitrary: fc.constant('send' as const) },
    { weight: 3, arbitrary: fc.constant('start' as const) },
    { weight: 1, arbitrary: fc.constant('terminate' as const) },
    { weight: 1, arbitrary: fc.constant('await' as const) },
    { weight: 1, arbitrary: fc.constant('limit' as const) },
  ),
  fc.nat({ max: 1000 }),
)

const lap: fc.Arbitrary<Lap> = fc.record({
  workers: fc.array(worker, { minLength: 1, maxLength: 4, size: 'max' }),
  steps: fc.array(fc.record({ operations, control }), { minLength: 20, maxLength: 40, size: 'max' }),
})

export function planRound(seed: number, laps: number): Lap[] {
  return fc.sample(lap, { seed, numRuns: laps })
}
