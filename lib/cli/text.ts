import { isAbsolute, relative } from 'node:path'
import type { StackFrame } from '../live-handle.js'
import { describeFrame } from '../tracking/stack-text.js'

const NUMBERS = new Intl.NumberFormat('en-US')

export function formatCount(count: number): string {
  return NUMBERS.format(count)
}

/** With its sign, as of a difference. */
export function signed(value: number, format: (value: number) => string): string {
  return value === 0 ? '0' : `${value > 0 ? '+' : '−'}${format(Math.abs(value))}`
}

export function formatDuration(milliseconds: number): string {
  if (milliseconds < 1000) return `${Math.round(milliseconds)} ms`
  if (milliseconds < 59_950) return `${(milliseconds / 1000).toFixed(1)} s`
  const seconds = Math.round(milliseconds / 1000)
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`
}

/** `1 handle`, `2 handles` */
export function plural(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? '' : 's'}`
}

/** The place that a stack stands for, as an editor opens it. */
export function formatPlace(stack: readonly StackFrame[], directory: string): string {
  const [frame] = stack
  if (frame === undefined) return '(no stack was recorded)'
  return describeFrame({ ...frame, file: shortenPath(frame.file, directory) })
}

function shortenPath(file: string, directory: string): string {
  if (!isAbsolute(file)) return file
  const fromHere = relative(directory, file)
  return fromHere.startsWith('..') || isAbsolute(fromHere) ? file : fromHere
}

/** Quoted where a shell would take it apart. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`
}

/** One column of a table. */
export interface Column {
  readonly title: string
  /** Numbers are aligned to the right. Default left */
  readonly align?: 'right'
}

/** Lines of text in columns that are as wide as their widest cell, two spaces apart. */
export function formatTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
): [header: string, ...string[]] {
  const lines = [columns.map(({ title }) => title), ...rows]
  const widths = columns.map((_, i) => Math.max(...lines.map((cells) => (cells[i] as string).length)))
  const format = (cells: readonly string[]) =>
    columns
      .map(({ align }, i) => {
        const [cell, width] = [cells[i] as string, widths[i] as number]
        return align === 'right' ? cell.padStart(width) : cell.padEnd(width)
      })
      .join('  ')
      .trimEnd()
  return [format(columns.map(({ title }) => title)), ...rows.map(format)]
}
