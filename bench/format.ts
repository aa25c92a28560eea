import type { Bound, Unit } from './question.js'
import type { Figure } from './results.js'

const significant = new Intl.NumberFormat('en', { maximumSignificantDigits: 3 })
const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 })

function formatNumber(value: number): string {
  return Math.abs(value) >= 1000 ? whole.format(value) : significant.format(value)
}

function formatTime(nanoseconds: number): string {
  if (nanoseconds < 1e3) return `${formatNumber(nanoseconds)} ns`
  if (nanoseconds < 1e6) return `${formatNumber(nanoseconds / 1e3)} µs`
  if (nanoseconds < 1e9) return `${formatNumber(nanoseconds / 1e6)} ms`
  return `${formatNumber(nanoseconds / 1e9)} s`
}

export function formatValue(value: number, unit: Unit): string {
  switch (unit) {
    case 'ratio':
      return `${formatNumber(value)}×`
    case 'share':
      return `${formatNumber(value * 100)} %`
    case 'time':
      return formatTime(value)
    case 'B':
      return `${formatNumber(value)} B`
    case 'MiB':
      return `${formatNumber(value / 2 ** 20)} MiB`
    case 'MB':
      return `${formatNumber(value / 1e6)} MB`
    case 'count':
      return whole.format(value)
  }
}

export function formatBound(bound: Bound | undefined, unit: Unit): string {
  if (bound === undefined) return ''
  return 'atMost' in bound ? `≤ ${formatValue(bound.atMost, unit)}` : `≥ ${formatValue(bound.atLeast, unit)}`
}

/** With the peer that was found out by measuring. */
export function formatLabel({ label, peer }: Figure): string {
  return peer === undefined ? label : `${label} (${peer})`
}

export function formatMeasured({ measured, unit }: Figure): string {
  return measured === null ? 'not measured' : formatValue(measured, unit)
}

export function formatVerdict({ bound, met }: Figure): string {
  if (bound === undefined) return ''
  if (met === null) return '?'
  return met ? 'met' : 'MISSED'
}
