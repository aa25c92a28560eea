import { relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { HeapGraph } from './heap-graph.js'
import type { SourceMaps } from './source-maps.js'

/** Where something is defined. Lines and columns are 1-based. */
export interface Place {
  readonly file: string
  readonly line: number
  readonly column: number
}

/** The scripts of a snapshot: it has their names where the functions are, and their numbers where the places are. */
export class Scripts {
  readonly #graph: HeapGraph
  readonly #directory: string
  readonly #closure: number
  readonly #sourceMaps: SourceMaps | undefined
  #names: Map<number, string> | undefined

  /**
   * @param directory what files are shown relative to
   * @param sourceMaps what tells of the sources; undefined: places are those of what is run
   */
  constructor(graph: HeapGraph, directory: string, sourceMaps?: SourceMaps) {
    this.#sourceMaps = sourceMaps
    this.#graph = graph
    this.#directory = directory
    this.#closure = graph.nodeTypeNumber('closure')
  }

  isClosure(node: number): boolean {
    return this.#graph.nodeTypeOf(node) === this.#closure
  }

  /** The script of a function: a path, or a name such as `node:events`; undefined for one of the engine. */
  of(closure: number): string | undefined {
    const graph = this.#graph
    const shared = graph.follow(closure, 'internal', 'shared')
    const script =
      shared && (graph.follow(shared, 'internal', 'script') ?? graph.follow(shared, 'internal', 'script_or_debug_info'))
    if (script === undefined) return undefined
    const name = graph.name(graph.follow(script, 'internal', 'script') ?? script)
    return name === '' || name.startsWith('system / ') ? undefined : toPath(name)
  }

  /** Of a function, or of the constructor of an object. */
  placeOf(node: number): Place | undefined {
    const location = this.#graph.location(node)
    if (location === undefined) return undefined
    const file = (this.isClosure(node) ? this.of(node) : undefined) ?? this.#nameOf(location.scriptId)
    if (file === undefined) return undefined
    const place = { file, line: location.line, column: location.column }
    return this.#sourceMaps?.resolve(place) ?? place
  }

  /** `src/app.js:12`, as short as it is unambiguous. */
  describe({ file, line }: Place): string {
    return `${this.shorten(file)}:${line}`
  }

  /** The file of a module, as `describe` shows it: a module begins in the first line. */
  describeModule(file: string): string {
    return this.shorten(this.#sourceMaps?.ofFile(file) ?? file)
  }

  shorten(file: string): string {
    const short = relative(this.#directory, file)
    return file.startsWith('node:') || short.startsWith(`..${sep}`) || short === '' ? file : short
  }

  #nameOf(scriptId: number): string | undefined {
    this.#names ??= this.#collectNames()
    return this.#names.get(scriptId)
  }

  #collectNames(): Map<number, string> {
    const names = new Map<number, string>()
    for (let node = 0; node < this.#graph.nodeCount; node++) {
      if (!this.isClosure(node)) continue
      const location = this.#graph.location(node)
      if (location === undefined || names.has(location.scriptId)) continue
      const name = this.of(node)
      if (name !== undefined) names.set(location.scriptId, name)
    }
    return names
  }
}

/** Of the runtime, not of the program. */
export function isOfRuntime(file: string): boolean {
  return file.startsWith('node:')
}

function toPath(name: string): string {
  if (!name.startsWith('file://')) return name
  try {
    return fileURLToPath(name)
  } catch {
    return name
  }
}
