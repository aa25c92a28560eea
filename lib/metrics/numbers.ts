import { forcedCollectionsOfProcess } from '../collectors/forced-collections.js'
import { type HandleStatistics, handleStatistics } from '../statistics.js'

// What is measured, whoever asks. All numbers are of the process: one scrape of it shows all of its threads, those
// that have ended included, and a counter never goes down because a worker did.

/** Numbers of one moment. */
export interface Numbers {
  readonly kinds: HandleStatistics['kinds']
  readonly forcedCollections: number
  readonly forcedCollectionSeconds: number
}

export interface Labels {
  readonly kind?: string
}

export interface Metric {
  /** Names by the conventions of each side. */
  readonly prometheus: string
  readonly openTelemetry: string
  /** A counter only goes up. */
  readonly type: 'gauge' | 'counter'
  /** In the unified code for units of measure. */
  readonly unit: string
  readonly help: string
  readonly labelNames: readonly (keyof Labels)[]
  valuesOf(numbers: Numbers): Iterable<readonly [labels: Labels, value: number]>
}

export function readNumbers(): Numbers {
  const { kinds } = handleStatistics({ scope: 'process' })
  const { count, milliseconds } = forcedCollectionsOfProcess()
  return { kinds, forcedCollections: count, forcedCollectionSeconds: milliseconds / 1000 }
}

function ofHandles(column: 'live' | 'liveBytes' | 'opened' | 'disposed' | 'finalized') {
  return {
    labelNames: ['kind'] as const,
    *valuesOf({ kinds }: Numbers): Iterable<[Labels, number]> {
      for (const [kind, counts] of Object.entries(kinds)) yield [{ kind }, counts[column]]
    },
  }
}

function ofCollections(column: 'forcedCollections' | 'forcedCollectionSeconds') {
  return {
    labelNames: [],
    valuesOf: (numbers: Numbers): Iterable<[Labels, number]> => [[{}, numbers[column]]],
  }
}

export const METRICS: readonly Metric[] = [
  {
    prometheus: 'holdfast_handles_live',
    openTelemetry: 'holdfast.handle.live',
    type: 'gauge',
    unit: '{handle}',
    help: 'Handles that are open.',
    ...ofHandles('live'),
  },
  {
    prometheus: 'holdfast_handles_live_bytes',
    openTelemetry: 'holdfast.handle.live_bytes',
    type: 'gauge',
    unit: 'By',
    help: 'Native bytes behind open handles.',
    ...ofHandles('liveBytes'),
  },
  {
    prometheus: 'holdfast_handles_opened_total',
    openTelemetry: 'holdfast.handle.opened',
    type: 'counter',
    unit: '{handle}',
    help: 'Handles ever opened.',
    ...ofHandles('opened'),
  },
  {
    prometheus: 'holdfast_handles_disposed_total',
    openTelemetry: 'holdfast.handle.disposed',
    type: 'counter',
    unit: '{handle}',
    help: 'Handles that the program closed.',
    ...ofHandles('disposed'),
  },
  {
    prometheus: 'holdfast_handles_finalized_total',
    openTelemetry: 'holdfast.handle.finalized',
    type: 'counter',
    unit: '{handle}',
    help: 'Handles that nobody closed: their object was collected, or their thread ended.',
    ...ofHandles('finalized'),
  },
  {
    prometheus: 'holdfast_forced_collections_total',
    openTelemetry: 'holdfast.forced_collections',
    type: 'counter',
    unit: '{collection}',
    help: 'Garbage collections that Holdfast made the engine do.',
    ...ofCollections('forcedCollections'),
  },
  {
    prometheus: 'holdfast_forced_collection_seconds_total',
    openTelemetry: 'holdfast.forced_collection.seconds',
    type: 'counter',
    unit: 's',
    help: 'Seconds that the engine took for the garbage collections that Holdfast made it do.',
    ...ofCollections('forcedCollectionSeconds'),
  },
]
