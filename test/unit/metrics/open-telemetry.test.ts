import { createNoopMeter, metrics } from '@opentelemetry/api'
import {
  AggregationTemporality,
  DataPointType,
  InMemoryMetricExporter,
  MeterProvider,
  type MetricData,
  MetricReader,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics'
import { describe, expect, it } from 'vitest'
import { GC, NativeBuffer } from '../../../lib/index.js'
import { registerOpenTelemetry } from '../../../lib/metrics/index.js'
import { FakeHandle } from '../../support/fake-handle.js'

const code = (expected: string) => expect.objectContaining({ code: expected })

/** Collects when it is asked. */
class ManualReader extends MetricReader {
  constructor(temporality: AggregationTemporality) {
    super({ aggregationTemporalitySelector: () => temporality })
  }
  protected override async onForceFlush(): Promise<void> {}
  protected override async onShutdown(): Promise<void> {}
}

function meterWith(reader: MetricReader) {
  return new MeterProvider({ readers: [reader] }).getMeter('test')
}

async function collect(reader: MetricReader): Promise<Map<string, MetricData>> {
  const { resourceMetrics, errors } = await reader.collect()
  expect(errors).toEqual([])
  const all = resourceMetrics.scopeMetrics.flatMap((scope) => scope.metrics)
  return new Map(all.map((metric) => [metric.descriptor.name, metric]))
}

/** Live, live bytes, opened, disposed and finalized ones of a kind. */
function numbersOf(kind: string, collected: Map<string, MetricData>): unknown[] {
  return ['live', 'live_bytes', 'opened', 'disposed', 'finalized'].map((name) => {
    const points = collected.get(`holdfast.handle.${name}`)?.dataPoints ?? []
    return points.find(({ attributes }) => attributes['kind'] === kind)?.value
  })
}

function dropBuffer(): void {
  new NativeBuffer(24)
}

function drop(count: number): void {
  for (let index = 0; index < count; index++) new FakeHandle(index, { byteLength: 10 })
}

describe('registerOpenTelemetry()', () => {
  it('observes seven instruments, each with its unit, and sums that say whether they only go up', async () => {
    const reader = new ManualReader(AggregationTemporality.CUMULATIVE)
    using _registration = registerOpenTelemetry(meterWith(reader))
    using _handle = new FakeHandle(1)
    const found = [...(await collect(reader)).values()].map((metric) => [
      metric.descriptor.name,
      metric.descriptor.unit,
      metric.dataPointType === DataPointType.SUM && metric.isMonotonic,
    ])
    expect(found).toEqual([
      ['holdfast.handle.live', '{handle}', false],
      ['holdfast.handle.live_bytes', 'By', false],
      ['holdfast.handle.opened', '{handle}', true],
      ['holdfast.handle.disposed', '{handle}', true],
      ['holdfast.handle.finalized', '{handle}', true],
      ['holdfast.forced_collections', '{collection}', true],
      ['holdfast.forced_collection.seconds', 's', true],
    ])
  })

  it('follows handles that are opened, disposed of, and finalized', async () => {
    const reader = new ManualReader(AggregationTemporality.CUMULATIVE)
    using _registration = registerOpenTelemetry(meterWith(reader))
    const numbers = async () => numbersOf('NativeBuffer', await collect(reader))
    expect(await numbers()).toEqual(Array(5).fill(undefined))

    using kept = new NativeBuffer(1000)
    new NativeBuffer(8).dispose()
    expect(await numbers()).toEqual([1, 1000, 2, 1, 0])
    dropBuffer()
    expect(await numbers()).toEqual([2, 1024, 3, 1, 0])
    GC.collect()
    expect(await numbers()).toEqual([1, 1000, 3, 1, 1])
    kept.dispose()
    expect(await numbers()).toEqual([0, 0, 3, 2, 1])
  })

  it('gives a reader of differences what has happened since it looked', async () => {
    const reader = new ManualReader(AggregationTemporality.DELTA)
    using _registration = registerOpenTelemetry(meterWith(reader))
    const opened = async () => numbersOf('FakeHandle', await collect(reader))[2]
    await opened()
    drop(4)
    expect(await opened()).toBe(4)
    expect(await opened()).toBe(0)
  })

  it('counts forced collections, and their time in seconds', async () => {
    const reader = new ManualReader(AggregationTemporality.CUMULATIVE)
    using _registration = registerOpenTelemetry(meterWith(reader))
    const forced = async () => {
      const collected = await collect(reader)
      const numberOf = (name: string) => collected.get(name)?.dataPoints[0]?.value as number
      return [numberOf('holdfast.forced_collections'), numberOf('holdfast.forced_collection.seconds')] as const
    }
    const [count, seconds] = await forced()
    GC.collect()
    const [countAfter, secondsAfter] = await forced()
    expect(countAfter).toBe(count + 1)
    expect(secondsAfter).toBeGreaterThan(seconds)
    expect(secondsAfter - seconds).toBeLessThan(10)
  })

  it('reaches an exporter', async () => {
    const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
    const reader = new PeriodicExportingMetricReader({ exporter })
    const provider = new MeterProvider({ readers: [reader] })
    using _registration = registerOpenTelemetry(provider.getMeter('test'))
    using _handle = new FakeHandle(1)
    await reader.forceFlush()
    const exported = exporter.getMetrics().flatMap(({ scopeMetrics }) => scopeMetrics.flatMap((scope) => scope.metrics))
    expect(exported.map(({ descriptor }) => descriptor.name)).toContain('holdfast.handle.live')
    await provider.shutdown()
  })

  it('works on a meter that does nothing', () => {
    for (const meter of [createNoopMeter(), metrics.getMeter('nobody has set a provider')]) {
      registerOpenTelemetry(meter).dispose()
    }
  })

  it('may be registered twice, and counts once', async () => {
    const reader = new ManualReader(AggregationTemporality.CUMULATIVE)
    const meter = meterWith(reader)
    using _first = registerOpenTelemetry(meter)
    using second = registerOpenTelemetry(meter)
    using _handle = new FakeHandle(1)
    const live = async () => numbersOf('FakeHandle', await collect(reader))[0]
    expect(await live()).toBe(1)
    second.dispose()
    using _another = new FakeHandle(2)
    expect(await live()).toBe(2)
  })

  it('refuses what is no meter', () => {
    const provider = new MeterProvider()
    for (const wrong of [undefined, null, 5, 'meter', {}, provider, metrics]) {
      expect(() => registerOpenTelemetry(wrong as never)).toThrow(code('ERR_INVALID_ARG_TYPE'))
    }
  })
})

describe('The registration', () => {
  it('observes nothing any more once it is disposed, also twice', async () => {
    const reader = new ManualReader(AggregationTemporality.DELTA)
    const registration = registerOpenTelemetry(meterWith(reader))
    expect((await collect(reader)).size).toBeGreaterThan(0)
    registration.dispose()
    registration.dispose()
    registration[Symbol.dispose]()
    expect((await collect(reader)).size).toBe(0)
  })

  it('leaves a cumulative reader with what it saw last', async () => {
    const reader = new ManualReader(AggregationTemporality.CUMULATIVE)
    const registration = registerOpenTelemetry(meterWith(reader))
    using _handle = new FakeHandle(1)
    const before = numbersOf('FakeHandle', await collect(reader))
    registration.dispose()
    using _another = new FakeHandle(2)
    expect(numbersOf('FakeHandle', await collect(reader))).toEqual(before)
  })
})
