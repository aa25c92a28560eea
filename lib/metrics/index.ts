/// <reference lib="esnext.disposable" preserve="true" />
export { type OpenTelemetryMeter, registerOpenTelemetry } from './open-telemetry.js'
export {
  type PrometheusClient,
  type PrometheusOptions,
  type PrometheusRegistry,
  registerPrometheus,
} from './prometheus.js'
export type { MetricsRegistration } from './registration.js'
