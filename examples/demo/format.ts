// Numbers as people read them. Memory is counted in binary units, files and speeds in decimal ones.

const UNITS = ['bytes', 'KiB', 'MiB', 'GiB'] as const

export function bytes(value: number): string {
  const unit = Math.min(Math.floor(Math.log2(Math.max(value, 1)) / 10), UNITS.length - 1)
  const scaled = value / 1024 ** unit
  return `${scaled.toFixed(unit === 0 || scaled >= 100 || Number.isInteger(scaled) ? 0 : 1)} ${UNITS[unit]}`
}

export function megabytes(value: number): string {
  return (value / 1e6).toFixed(value < 1e9 ? 1 : 0)
}

export function count(value: number): string {
  return value.toLocaleString('en-US')
}

export function plural(value: number, noun: string): string {
  return `${count(value)} ${noun}${value === 1 ? '' : 's'}`
}

export function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(milliseconds < 10_000 ? 2 : 1)} s`
}
