import { fileURLToPath } from 'node:url'
import { libraryFolder } from '../library-folder.js'
import type { StackFrame } from '../live-handle.js'

// Frames out of the text that an engine makes of a stack. The text, and not the call sites, since whoever
// compiles the program maps positions to its sources there: Node with --enable-source-maps, test runners,
// loaders. Node, Bun and Deno write it alike.

// "    at functionName (file:line:column)", "    at file:line:column", "    at async functionName (…)"
const FRAME = /^\s*at (?:async )?(?:(.*?) \()?(.+?):(\d+):(\d+)\)?$/

/** Innermost first, without those of the library and of the runtime. */
export function framesIn(text: string): readonly StackFrame[] {
  const frames: StackFrame[] = []
  for (const line of text.split('\n')) {
    const frame = frameIn(line)
    if (frame !== undefined && isOfProgram(frame.file)) frames.push(frame)
  }
  return Object.freeze(frames)
}

function frameIn(line: string): StackFrame | undefined {
  const match = FRAME.exec(line)
  if (match === null) return undefined
  const [, functionName, file, lineNumber, column] = match as unknown as [string, string?, string?, string?, string?]
  return Object.freeze({
    functionName: functionName || '<anonymous>',
    file: toPath(file as string),
    line: Number(lineNumber),
    column: Number(column),
  })
}

function toPath(file: string): string {
  if (!file.startsWith('file://')) return file
  try {
    return fileURLToPath(file)
  } catch {
    return file
  }
}

function isOfProgram(file: string): boolean {
  // Frames of the library itself are nobody's business.
  return !file.startsWith(libraryFolder) && !file.startsWith('node:')
}

/** As a stack is shown: one line for each frame. */
export function textOf(frames: readonly StackFrame[]): string {
  return frames.map((frame) => `    at ${describeFrame(frame)}`).join('\n')
}

export function describeFrame(frame: StackFrame): string {
  return frame.functionName === '<anonymous>' ? placeOf(frame) : `${frame.functionName} (${placeOf(frame)})`
}

/** As editors and terminals take it. */
export function placeOf({ file, line, column }: StackFrame): string {
  return `${file}:${line}:${column}`
}
