import { invalidType } from '../validate.js'
import { METRICS, type Metric, readNumbers } from './numbers.js'
import { hasFunctions, MetricsRegistration } from './registration.js'

// Of @opentelemetry/api only what is used is described here, so that nobody needs its types, or it.

interface InstrumentOptions {
  description: string
  unit: string
  valueType: number
}

type BatchCallback = (result: { observe(instrument: any, value: number, attributes?: any): void }) => void

/** A `Meter` of @opentelemetry/api: what of it is used. */
export interface OpenTelemetryMeter {
  createObservableCounter(name: string, options?: InstrumentOptions): unknown
  createObservableUpDownCounter(name: string, options?: InstrumentOptions): unknown
  addBatchObservableCallback(callback: BatchCallback, instruments: any[]): void
  removeBatchObservableCallback(callback: BatchCallback, instruments: any[]): void
}

/** `ValueType` of @opentelemetry/api. */
const INTEGER = 0
const DOUBLE = 1

/**
 * Has a meter of OpenTelemetry observe what handles there are: `holdfast.handle.live`, `holdfast.handle.live_bytes`,
 * `holdfast.handle.opened`, `holdfast.handle.disposed` and `holdfast.handle.finalized`, each with the attribute
 * `kind`, and `holdfast.forced_collections` and `holdfast.forced_collection.seconds`. Of all threads of the process:
 * register in one of them.
 *
 * ```ts
 * import { metrics } from '@opentelemetry/api'
 * registerOpenTelemetry(metrics.getMeter('app'))
 * ```
 *
 * Numbers are read when a reader collects, and those of one collection are of one moment. Costs nothing in between.
 *
 * @param meter of `@opentelemetry/api` 1.3 or later
 * @returns stops observing when it is disposed. What a reader with cumulative temporality has seen last, the SDK
 *   goes on exporting: an instrument cannot be taken away from it
 * @throws TypeError `ERR_INVALID_ARG_TYPE` when it is no meter
 */
export function registerOpenTelemetry(meter: OpenTelemetryMeter): MetricsRegistration {
  if (
    !hasFunctions(
      meter,
      'createObservableCounter',
      'createObservableUpDownCounter',
      'addBatchObservableCallback',
      'removeBatchObservableCallback',
    )
  ) {
    throw invalidType('meter', 'a Meter of @opentelemetry/api', meter)
  }
  const instruments = new Map(METRICS.map((metric) => [metric, create(metric, meter)]))
  const observe: BatchCallback = (result) => {
    const numbers = readNumbers()
    for (const [metric, instrument] of instruments) {
      for (const [attributes, value] of metric.valuesOf(numbers)) result.observe(instrument, value, attributes)
    }
  }
  const all = [...instruments.values()]
  meter.addBatchObservableCallback(observe, all)
  return new MetricsRegistration(() => meter.removeBatchObservableCallback(observe, all))
}

/** Gauges here are sums, too: those of several processes add up. */
function create(metric: Metric, meter: OpenTelemetryMeter): unknown {
  const { openTelemetry: name, help, unit } = metric
  const options = { description: help, unit, valueType: unit === 's' ? DOUBLE : INTEGER }
  return metric.type === 'counter'
    ? meter.createObservableCounter(name, options)
    : meter.createObservableUpDownCounter(name, options)
}
