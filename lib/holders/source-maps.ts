import { readFileSync } from 'node:fs'
import { SourceMap, type SourceMapPayload } from 'node:module'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { Place } from './scripts.js'

const REFERENCE = /^\/\/[#@] sourceMappingURL=(\S+)\s*$/gm

/** From places in files that a compiler wrote to those in what it read. */
export class SourceMaps {
  readonly #maps = new Map<string, SourceMap | undefined>()

  /** The source of a whole file, where it has but one. */
  ofFile(file: string): string | undefined {
    const sources = this.#mapOf(file)?.payload.sources ?? []
    const [source] = sources
    return sources.length === 1 && source !== undefined ? toPath(source, file) : undefined
  }

  /** The place itself where there is no map, or it knows nothing of the place. */
  resolve(place: Place): Place {
    const { file, line, column } = place
    // 0-based, both of them.
    const entry = this.#mapOf(file)?.findEntry(line - 1, column - 1)
    if (entry === undefined || !('originalSource' in entry)) return place
    const source = toPath(entry.originalSource, file)
    if (source === undefined) return place
    return { file: source, line: entry.originalLine + 1, column: entry.originalColumn + 1 }
  }

  #mapOf(file: string): SourceMap | undefined {
    if (!this.#maps.has(file)) this.#maps.set(file, readMap(file))
    return this.#maps.get(file)
  }
}

function toPath(source: string, file: string): string | undefined {
  const url = new URL(source, pathToFileURL(file))
  return url.protocol === 'file:' ? fileURLToPath(url) : undefined
}

/** undefined where there is none that can be read. */
function readMap(file: string): SourceMap | undefined {
  try {
    const reference = [...readFileSync(file, 'utf8').matchAll(REFERENCE)].at(-1)?.[1]
    if (reference === undefined) return undefined
    return new SourceMap(JSON.parse(readReference(reference, file)) as SourceMapPayload)
  } catch {
    return undefined
  }
}

function readReference(reference: string, file: string): string {
  const inline = /^data:application\/json[^,]*?(;base64)?,(.*)$/.exec(reference)
  if (inline === null) return readFileSync(new URL(reference, pathToFileURL(file)), 'utf8')
  const [, base64, content = ''] = inline
  return base64 === undefined ? decodeURIComponent(content) : Buffer.from(content, 'base64').toString()
}
