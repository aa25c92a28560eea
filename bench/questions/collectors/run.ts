import { performance } from 'node:perf_hooks'
import { setImmediate } from 'node:timers/promises'
import { handleStatistics } from 'holdfast'
import type { KeepSeries, Progress, Samples } from '../../question.js'
import { collectGarbage } from '../../rounds.js'
import { FileLike } from './file-like.js'
import { type ForcedCollection, shareOfTime, watchForcedCollections } from './forced-collections.js'
import { checkHeap, fillHeap, type Heap } from './heaps.js'
import type { Policy } from './policies.js'
import { Recorder } from './recorder.js'
import { SAMPLE } from './samples.js'
import { Site } from './site.js'
import type { Workload } from './workloads.js'

/** How long a workload keeps the thread before it lets the event loop turn, like the requests of a server. */
const TURN_MILLISECONDS = 1.5
const FIRST_SECOND = 1000

interface Span {
  readonly start: number
  readonly end: number
}

export async function run(
  workload: Workload,
  heap: Heap,
  policy: Policy,
  progress: Progress,
  keep: KeepSeries,
): Promise<Samples> {
  progress(`filling the heap`)
  fillHeap(heap)
  collectGarbage('major')
  await setImmediate()

  const forced = watchForcedCollections()
  const recorder = new Recorder(workload.opens)
  const site = new Site(recorder, heap.work)
  const stop = policy.start()
  const span = await perform(workload, site, recorder, progress)
  stop()

  checkHeap(heap)
  checkThatAllWereSeen(forced)
  keep(recorder.series)
  return describe(site, forced, span)
}

async function perform(workload: Workload, site: Site, recorder: Recorder, progress: Progress): Promise<Span> {
  const step = workload.begin(site)
  recorder.begin()
  const start = performance.now()
  for (let index = 0; index < workload.opens; ) {
    const endOfTurn = performance.now() + TURN_MILLISECONDS
    do step(index++)
    while (index < workload.opens && performance.now() < endOfTurn)
    await setImmediate()
    if (index % 1000 === 0) progress(`${index} of ${workload.opens}`)
  }
  const end = performance.now()
  if (!Number.isInteger(site.checksum)) throw new Error('The work was not done.')
  return { start, end }
}

/** A collector that found its own way to the engine would look as if it cost nothing. */
function checkThatAllWereSeen(forced: readonly ForcedCollection[]): void {
  const counted = FileLike.collector?.collections ?? 0
  if (forced.length < counted) throw new Error(`${counted} collections were forced and ${forced.length} seen.`)
}

function describe(site: Site, forced: readonly ForcedCollection[], { start, end }: Span): Samples {
  const of = (kind: ForcedCollection['kind']) => forced.filter((collection) => collection.kind === kind).length
  const { finalized, disposed } = handleStatistics().kinds['FileLike'] ?? { finalized: 0, disposed: 0 }
  return {
    [SAMPLE.time]: { unit: 'time', values: [(end - start) * 1e6] },
    [SAMPLE.minor]: { unit: 'count', values: [of('minor')] },
    [SAMPLE.major]: { unit: 'count', values: [of('major')] },
    [SAMPLE.share]: { unit: 'share', values: [shareOfTime(forced, start, end)] },
    [SAMPLE.laterShare]: { unit: 'share', values: [shareOfTime(forced, start + FIRST_SECOND, end)] },
    [SAMPLE.peak]: { unit: 'ratio', values: [site.peakRatio] },
    [SAMPLE.overall]: { unit: 'ratio', values: [site.overallPeak] },
    [SAMPLE.excess]: { unit: 'count', values: [site.peakExcess] },
    [SAMPLE.finalized]: { unit: 'count', values: [finalized] },
    [SAMPLE.disposed]: { unit: 'count', values: [disposed] },
  }
}
