import { basename } from 'node:path'
import type { StackFrame } from '../live-handle.js'
import type { Recording, RecordingHeader, SiteTotals } from '../recording/recording.js'

// Viewers know functions and places, and no kinds of handles. Where a format has nothing of its own for the
// kind, it is the outermost frame: so the innermost one stays the line of the call.

/** A box in a flame graph. Without a place it stands for something that is no code. */
export interface PathFrame {
  readonly name: string
  readonly place?: StackFrame
}

/** From the outermost frame to the one that opened. Never empty. */
export function stackOf(site: SiteTotals, header: RecordingHeader): PathFrame[] {
  if (site.stack.length === 0) return [{ name: explainMissingStack(header) }]
  return site.stack.map((place) => ({ name: place.functionName, place })).reverse()
}

/** The same, below the kind. */
export function kindAndStackOf(site: SiteTotals, header: RecordingHeader): PathFrame[] {
  return [{ name: site.kind }, ...stackOf(site, header)]
}

function explainMissingStack({ level, sampleInterval }: RecordingHeader): string {
  if (level === 'full') return '(no stack)'
  if (level === 'sampled') return `(no stack recorded: at level sampled one handle in ${sampleInterval} has one)`
  return `(no stack recorded at level ${level})`
}

/** The same for the same frame, and for no other. */
export function keyOf({ name, place }: PathFrame): string {
  if (place === undefined) return `:${name}`
  return `${place.line}:${place.column}:${name.length}:${name}${place.file}`
}

export function isAnonymous({ name, place }: PathFrame): boolean {
  return place !== undefined && (name === '' || name === '<anonymous>')
}

/** What a box says. Code without a name is told apart by its place. */
export function labelOf(frame: PathFrame): string {
  const { name, place } = frame
  if (place === undefined || !isAnonymous(frame)) return name
  return `(anonymous ${basename(place.file)}:${place.line})`
}

/** The program and its arguments. */
export function titleOf({ header }: Recording): string {
  return header.command.join(' ')
}
