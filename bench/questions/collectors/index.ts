import type { Bound, Question, Trial } from '../../question.js'
import { HEAPS, type Heap, LARGE } from './heaps.js'
import { type Criteria, judgeHeap } from './judge.js'
import { plotWorkload } from './plots.js'
import { ADAPTIVE, CLASSIC, CONTENDERS, INITIAL_THRESHOLD, NONE, OTHER_SHARES, type Policy } from './policies.js'
import { run } from './run.js'
import { trialName } from './samples.js'
import { WORKLOADS, type Workload } from './workloads.js'

const TIME_BOUND: Bound = { atMost: 1.05 }
/** Where classic collects a large heap over and over and finds nothing. */
const TIME_BOUND_WHERE_CLASSIC_IS_LOST: Bound = { atMost: 0.5 }

/** More for those that a bound of the time compares; a slow run needs fewer to be told from a fast one. */
function repetitionsOf(heap: Heap, policy: Policy): number {
  if (policy === ADAPTIVE) return 3
  if (policy === CLASSIC) return heap === LARGE ? 2 : 3
  return policy === NONE && heap !== LARGE ? 3 : 1
}

function trialsOf(workload: Workload): Trial[] {
  return HEAPS.flatMap((heap) =>
    [...CONTENDERS, ...OTHER_SHARES].map((policy): Trial => {
      return {
        name: trialName(heap, policy),
        repetitions: repetitionsOf(heap, policy),
        run: (progress, keep) => run(workload, heap, policy, progress, CONTENDERS.includes(policy) ? keep : () => {}),
      }
    }),
  )
}

function criteriaOf({ isLostOnClassic, peak = 'peak' }: Workload, heap: Heap): Criteria {
  return { peak, time: isLostOnClassic && heap === LARGE ? TIME_BOUND_WHERE_CLASSIC_IS_LOST : TIME_BOUND }
}

export const workloads: readonly Question[] = WORKLOADS.map((workload): Question => {
  const { id, title, note } = workload
  return {
    id,
    title,
    note: `${note} The initial threshold is ${INITIAL_THRESHOLD}.`,
    trials: trialsOf(workload),
    measures: [],
    judge: (trials) => HEAPS.flatMap((heap) => judgeHeap(trials, heap, criteriaOf(workload, heap))),
    details: 'wide',
    plot: (outcome) => plotWorkload(workload, outcome),
  }
})
