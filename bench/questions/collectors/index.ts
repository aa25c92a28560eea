import type { Bound, Question, Trial } from '../../question.js'
import { HEAPS, type Heap, LARGE } from './heaps.js'
import { type Criteria, judgeHeap } from './judge.js'
import { plotWorkload } from './plots.js'
import { ADAPTIVE, CLASSIC, CONTENDERS, INITIAL_THRESHOLD, OTHER_SHARES, type Policy } from './policies.js'
import { run } from './run.js'
import { trialName } from './samples.js'
import { WORKLOADS, type Workload } from './workloads.js'

const TIME_BOUND: Bound = { atMost: 1.05 }
/** Where classic collects a large heap over and over and finds nothing. */
const TIME_BOUND_WHERE_NOTHING_IS_FOUND: Bound = { atMost: 0.5 }

/** Fewer where a run takes long, unless it is short and a bound compares its time. */
function repetitionsOf({ isSlowOnClassic }: Workload, heap: Heap, policy: Policy): number {
  if (heap !== LARGE || policy === ADAPTIVE) return 3
  return policy === CLASSIC && !isSlowOnClassic ? 3 : 1
}

function trialsOf(workload: Workload): Trial[] {
  return HEAPS.flatMap((heap) =>
    [...CONTENDERS, ...OTHER_SHARES].map((policy): Trial => {
      return {
        name: trialName(heap, policy),
        repetitions: repetitionsOf(workload, heap, policy),
        run: (progress, keep) => run(workload, heap, policy, progress, CONTENDERS.includes(policy) ? keep : () => {}),
      }
    }),
  )
}

function criteriaOf({ findsNothing, peak = 'peak' }: Workload, heap: Heap): Criteria {
  return { peak, time: findsNothing && heap === LARGE ? TIME_BOUND_WHERE_NOTHING_IS_FOUND : TIME_BOUND }
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
