import { checkOptions, invalidType } from '../validate.js'
import { type Labels, METRICS, type Metric, type Numbers, readNumbers } from './numbers.js'
import { hasFunctions, MetricsRegistration } from './registration.js'

// Of prom-client only what is used is described here, so that nobody needs its types, or it.

/** A `Registry` of prom-client. */
export interface PrometheusRegistry {
  getSingleMetric(name: string): unknown
  removeSingleMetric(name: string): void
}

interface PrometheusConfiguration {
  name: string
  help: string
  labelNames: string[]
  registers: any[]
  collect(): void
}

/** The module prom-client. */
export interface PrometheusClient {
  /** The registry of all who name none. */
  readonly register: PrometheusRegistry
  readonly Gauge: new (configuration: PrometheusConfiguration) => { set(labels: Labels, value: number): void }
  readonly Counter: new (
    configuration: PrometheusConfiguration,
  ) => { reset(): void; inc(labels: Labels, value: number): void }
}

/** Where `registerPrometheus` puts its metrics. */
export interface PrometheusOptions {
  /** Default: the global registry of the client, as for `collectDefaultMetrics()`. */
  register?: PrometheusRegistry
}

/**
 * Has prom-client show what handles there are: `holdfast_handles_live{kind}`, `holdfast_handles_live_bytes{kind}`,
 * `holdfast_handles_opened_total{kind}`, `holdfast_handles_disposed_total{kind}`,
 * `holdfast_handles_finalized_total{kind}`, `holdfast_forced_collections_total` and
 * `holdfast_forced_collection_seconds_total`. Of all threads of the process: register in one of them.
 *
 * ```ts
 * import client from 'prom-client'
 * registerPrometheus(client)
 * ```
 *
 * Numbers are read when they are scraped, and those of one scrape are of one moment. Costs nothing in between.
 *
 * @param client the module prom-client, of version 14 or 15
 * @param options `register`: another registry than the global one
 * @returns takes the metrics out of the registry when it is disposed
 * @throws TypeError `ERR_INVALID_ARG_TYPE` when it is not the module, or not a registry
 * @throws what prom-client throws when the registry has metrics of these names; nothing is registered then
 */
export function registerPrometheus(client: PrometheusClient, options: PrometheusOptions = {}): MetricsRegistration {
  if (!hasFunctions(client, 'Gauge', 'Counter')) throw invalidType('client', 'the module prom-client', client)
  checkOptions('options', options)
  const { register = client.register } = options
  if (!hasFunctions(register, 'registerMetric', 'getSingleMetric', 'removeSingleMetric')) {
    throw invalidType('options.register', 'an instance of Registry', register)
  }

  const scrape = new Scrape()
  const registered = new Map<string, unknown>()
  // By the name that it was given: in the format OpenMetrics the client takes `_total` off its own.
  const unregister = () => {
    for (const [name, metric] of registered) {
      // The registry may have been cleared, and have another one by now.
      if (register.getSingleMetric(name) === metric) register.removeSingleMetric(name)
    }
  }
  try {
    for (const metric of METRICS) registered.set(metric.prometheus, create(metric, client, register, scrape))
  } catch (error) {
    unregister()
    throw error
  }
  return new MetricsRegistration(unregister)
}

function create(metric: Metric, client: PrometheusClient, register: PrometheusRegistry, scrape: Scrape): unknown {
  const { prometheus: name, help, labelNames } = metric
  const common = { name, help, labelNames: [...labelNames], registers: [register] }
  if (metric.type === 'gauge') {
    const gauge = new client.Gauge({
      ...common,
      collect() {
        for (const [labels, value] of metric.valuesOf(scrape.numbersFor(metric))) gauge.set(labels, value)
      },
    })
    return gauge
  }
  const counter = new client.Counter({
    ...common,
    collect() {
      counter.reset()
      for (const [labels, value] of metric.valuesOf(scrape.numbersFor(metric))) counter.inc(labels, value)
    },
  })
  return counter
}

// prom-client asks each metric by itself, all of them in one go. The first one reads for the others. One that
// asks again belongs to another scrape, and so does one that asks later.
class Scrape {
  #numbers: Numbers | undefined
  readonly #served = new Set<Metric>()

  numbersFor(metric: Metric): Numbers {
    if (this.#numbers === undefined || this.#served.has(metric)) this.#begin()
    this.#served.add(metric)
    return this.#numbers as Numbers
  }

  #begin(): void {
    const numbers = readNumbers()
    this.#numbers = numbers
    this.#served.clear()
    queueMicrotask(() => {
      if (this.#numbers === numbers) this.#numbers = undefined
    })
  }
}
