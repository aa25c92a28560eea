/// <reference lib="esnext.disposable" preserve="true" />
/**
 * What is counted, for Prometheus and OpenTelemetry.
 *
 * @module holdfast/metrics
 */
export { type OpenTelemetryMeter, registerOpenTelemetry } from './open-telemetry.js'
export {
  type PrometheusClient,
  type PrometheusOptions,
  type PrometheusRegistry,
  registerPrometheus,
} from './prometheus.js'
export type { MetricsRegistration } from './registration.js'
