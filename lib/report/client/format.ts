// Numbers as people read them. Everything is in English, as the page is.

const BYTE_UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const
const MINUTE = 60_000
const HOUR = 60 * MINUTE

const grouped = new Intl.NumberFormat('en', { maximumFractionDigits: 0 })

/** Such as `12.5 MiB`. */
export function bytes(value: number): string {
  let unit = 0
  let amount = Math.abs(value)
  while (amount >= 1023.95 && unit < BYTE_UNITS.length - 1) {
    amount /= 1024
    unit++
  }
  return `${value < 0 ? '−' : ''}${threeDigits(amount)} ${BYTE_UNITS[unit]}`
}

/** Such as `1,284`. */
export function count(value: number): string {
  return grouped.format(value).replace('-', '−')
}

/** Such as `1 handle` and `1,284 handles`. */
export function handles(value: number): string {
  return `${count(value)} ${value === 1 ? 'handle' : 'handles'}`
}

/** Of milliseconds: such as `0.4 ms`, `350 ms`, `2.5 s`, `4 min 10 s`. */
export function duration(milliseconds: number): string {
  if (milliseconds < 999.5) return `${threeDigits(milliseconds)} ms`
  if (milliseconds < MINUTE - 50) return `${threeDigits(milliseconds / 1000)} s`
  if (milliseconds < HOUR - 500) return inTwo(milliseconds / 1000, 'min', 's')
  return inTwo(milliseconds / MINUTE, 'h', 'min')
}

/** A share of one, such as `34 %` and `0.2 %`. */
export function percent(share: number): string {
  if (!Number.isFinite(share)) return '0 %'
  if (share > 0 && share < 0.001) return '< 0.1 %'
  const value = share * 100
  return `${value < 10 ? Number(value.toFixed(1)) : Math.round(value)} %`
}

/** A difference, with its sign: nothing is `±0`. */
export function signed(value: number, format: (value: number) => string): string {
  if (value === 0) return '±0'
  return value > 0 ? `+${format(value)}` : format(value).replace(/^−?/, '−')
}

function threeDigits(value: number): string {
  if (value >= 99.95 || Number.isInteger(value)) return grouped.format(value)
  return String(Number(value.toFixed(value >= 9.995 ? 1 : 2)))
}

function inTwo(value: number, large: string, small: string): string {
  const whole = Math.round(value)
  const rest = whole % 60
  return `${Math.floor(whole / 60)} ${large}${rest === 0 ? '' : ` ${rest} ${small}`}`
}
