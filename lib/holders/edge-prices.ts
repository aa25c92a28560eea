import type { HeapGraph } from './heap-graph.js'

/** For an edge that keeps nothing alive, or whose being there tells nobody anything. */
export const FORBIDDEN = -1
/** Past the price of any edge. */
export const MAX_PRICE = 64

/**
 * What an edge costs on a path: little where it has a name in the program, more where only the engine knows it, and
 * most where it leads into code, which is shared by everything.
 */
export class EdgePrices {
  readonly #graph: HeapGraph
  readonly #types: readonly number[]
  readonly #weak: number
  readonly #property: number
  readonly #internal: number
  readonly #code: readonly number[]
  readonly #cell: number
  readonly #string: number
  readonly #next: number
  readonly #previous: number
  readonly #names: ReadonlyMap<number, number>
  /** The weak map that an edge from key to value belongs to, by the name of the edge. */
  readonly #weakMaps: ReadonlyMap<number, number>

  constructor(graph: HeapGraph) {
    const type = (name: string) => graph.edgeTypeNumber(name)
    this.#graph = graph
    this.#weak = type('weak')
    this.#property = type('property')
    this.#internal = type('internal')
    this.#types = graph.edgeTypes.map((name) => (name === 'hidden' ? 3 : 1))
    this.#code = ['code', 'object shape'].map((name) => graph.nodeTypeNumber(name))
    this.#cell = graph.numberOf('system / Cell')
    this.#string = graph.nodeTypeNumber('string')
    this.#next = graph.numberOf('_idleNext')
    this.#previous = graph.numberOf('_idlePrev')
    this.#names = new Map(
      (
        [
          ['__proto__', 12],
          ['prototype', 6],
          ['constructor', 12],
          ['previous', 2],
          // Until the job ends: as fleeting as the stack, and there is always a better reason.
          ['weak_refs_keep_during_job', FORBIDDEN],
        ] as const
      ).map(([name, price]) => [graph.numberOf(name), price]),
    )
    this.#weakMaps = weakMapEdges(graph)
  }

  /** FORBIDDEN for an edge that keeps nothing alive. */
  of(from: number, edge: number, to: number): number {
    const graph = this.#graph
    const type = graph.edgeTypeOf(edge)
    if (type === this.#weak) return FORBIDDEN
    const price = this.#types[type] as number
    if (type !== this.#property && type !== this.#internal) return this.#intoCode(to, price)
    const name = graph.edgeNameNumberOf(edge)
    if (type === this.#internal) {
      const weakMap = this.#weakMaps.get(name)
      // Both the key and the map have the edge, but what keeps the value is the key.
      if (weakMap !== undefined && weakMap === graph.id(from)) return FORBIDDEN
      if (graph.nameNumberOf(to) === this.#cell && !this.#hasName(from, edge)) return FORBIDDEN
    }
    const named = this.#names.get(name) ?? price
    return named === FORBIDDEN ? FORBIDDEN : this.#intoCode(to, named)
  }

  /** Variables of modules are cells, in a table by name where they are exported, and in a list where imported. */
  #hasName(from: number, edge: number): boolean {
    const graph = this.#graph
    const before = edge - graph.edgeStep
    return before >= graph.firstEdge(from) && graph.nodeTypeOf(graph.target(before)) === this.#string
  }

  #intoCode(to: number, price: number): number {
    return this.#code.includes(this.#graph.nodeTypeOf(to)) ? 24 : price
  }

  /** Timers are in lists with others that they have nothing to do with: such edges are no reason for anything. */
  isTimerList(from: number, edge: number): boolean {
    const name = this.#graph.edgeNameNumberOf(edge)
    const isLink = name === this.#next || name === this.#previous
    return isLink && this.#graph.edgeTypeOf(edge) === this.#property && this.#graph.name(from) === 'Timeout'
  }
}

function weakMapEdges(graph: HeapGraph): Map<number, number> {
  const maps = new Map<number, number>()
  graph.strings.forEach((text, number) => {
    const match = text.includes('part of key') ? /pair in WeakMap \(table @(\d+)\)$/.exec(text) : null
    if (match !== null) maps.set(number, Number(match[1]))
  })
  return maps
}
