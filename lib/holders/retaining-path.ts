import type { HeapGraph } from './heap-graph.js'
import { findRoots, type HeapRoot, priceOf } from './heap-roots.js'
import type { Scripts } from './scripts.js'

// The cheapest path to every object of the heap, where cheap means telling: an edge that has a name in the program
// costs little, one that only the engine knows costs more, and some are no reason why anything is alive.

/** Edges from a root to an object, in that order. */
export interface RetainingPath {
  readonly root: HeapRoot
  readonly edges: readonly number[]
}

/** Objects that no path may go through, since the snapshot was taken by way of them. */
export interface OwnObjects {
  /** What refers to the handles for the time of the snapshot. */
  readonly labels: number
  /** What is needed to release them. */
  readonly releaseTable: number
  /** The folder of the library, if it is known. */
  readonly library: string | undefined
}

const FORBIDDEN = -1
const MAX_PRICE = 64

/** What is known of a graph before anything is looked for. */
export class Pathfinder {
  readonly #graph: HeapGraph
  readonly #scripts: Scripts
  readonly #own: OwnObjects
  readonly #prices: EdgePrices

  constructor(graph: HeapGraph, scripts: Scripts, own: OwnObjects) {
    this.#graph = graph
    this.#scripts = scripts
    this.#own = own
    this.#prices = new EdgePrices(graph)
  }

  /** From what the program knows by a name; else from any root of the engine but the stack. */
  fromProgram(): PathTree {
    const tree = this.#tree([this.#own.labels, this.#own.releaseTable, ...this.#stackRoots()])
    const alive = tree.grow([[{ kind: 'engine', node: 0 }, 0]])
    const named = this.#tree([this.#own.labels, this.#own.releaseTable, ...this.#stackRoots()])
    const roots = findRoots(this.#graph, this.#scripts, (node) => alive.reaches(node))
    const priced = roots.map((root) => [root, priceOf(root, this.#own.library)] as const)
    return named.grow([...priced, [{ kind: 'engine', node: 0 }, MAX_PRICE - 1]])
  }

  /** From the variables of the functions that were running. */
  fromStack(): PathTree {
    const roots = this.#stackRoots().map((node) => [{ kind: 'stack', node } as const, 0] as const)
    return this.#tree([this.#own.labels, this.#own.releaseTable]).grow(roots)
  }

  /** From what finalizers need. */
  fromFinalizers(): PathTree {
    return this.#tree([this.#own.labels]).grow([[{ kind: 'finalizers', node: this.#own.releaseTable }, 0]])
  }

  #tree(forbidden: readonly number[]): PathTree {
    return new PathTree(this.#graph, this.#prices, forbidden)
  }

  #stackRoots(): number[] {
    const roots: number[] = []
    for (const edge of this.#graph.edges(0)) {
      for (const inner of this.#graph.edges(this.#graph.target(edge))) {
        const node = this.#graph.target(inner)
        const name = this.#graph.name(node)
        if (name === '(Stack roots)' || name === '(Handle scope)') roots.push(node)
      }
    }
    return roots
  }
}

/** What an edge costs. */
class EdgePrices {
  readonly #graph: HeapGraph
  readonly #types: readonly number[]
  readonly #weak: number
  readonly #property: number
  readonly #internal: number
  readonly #code: readonly number[]
  readonly #cell: number
  readonly #string: number
  readonly #names: ReadonlyMap<number, number>
  /** The weak map that an edge from key to value belongs to, by the name of the edge. */
  readonly #weakMaps: ReadonlyMap<number, number>

  constructor(graph: HeapGraph) {
    const type = (name: string) => graph.edgeTypeNumber(name)
    this.#graph = graph
    this.#types = []
    this.#weak = type('weak')
    this.#property = type('property')
    this.#internal = type('internal')
    const types: number[] = []
    for (const [name, price] of [
      ['context', 1],
      ['element', 1],
      ['property', 1],
      ['shortcut', 1],
      ['internal', 1],
      ['hidden', 3],
    ] as const) {
      types[type(name)] = price
    }
    this.#types = types
    this.#code = ['code', 'object shape'].map((name) => graph.nodeTypeNumber(name))
    this.#cell = graph.numberOf('system / Cell')
    this.#string = graph.nodeTypeNumber('string')
    this.#names = new Map(
      (
        [
          ['__proto__', 12],
          ['prototype', 6],
          ['constructor', 12],
          ['previous', 2],
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
    const price = this.#types[type] ?? 3
    if (type !== this.#property && type !== this.#internal) return this.#intoCode(to, price)
    const name = graph.edgeNameNumberOf(edge)
    if (type === this.#internal) {
      const weakMap = this.#weakMaps.get(name)
      // Both the key and the map have the edge, but what keeps the value is the key.
      if (weakMap !== undefined && weakMap === graph.id(from)) return FORBIDDEN
      if (graph.nameNumberOf(to) === this.#cell && !this.#hasName(from, edge)) return FORBIDDEN
    } else if (this.#isTimerList(from, name)) {
      return FORBIDDEN
    }
    return this.#intoCode(to, this.#names.get(name) ?? price)
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

  /** Timers are in lists with others that they have nothing to do with. */
  #isTimerList(from: number, name: number): boolean {
    const isLink = name === this.#graph.numberOf('_idleNext') || name === this.#graph.numberOf('_idlePrev')
    return isLink && this.#graph.name(from) === 'Timeout'
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

const UNREACHED = -1

/** The cheapest paths from some roots to all that they reach. */
export class PathTree {
  readonly #graph: HeapGraph
  readonly #prices: EdgePrices
  /** The edge that comes last on the way to a node, and where that edge begins. */
  readonly #edges: Int32Array
  readonly #origins: Int32Array
  readonly #roots = new Map<number, HeapRoot>()
  readonly #forbidden: ReadonlySet<number>

  constructor(graph: HeapGraph, prices: EdgePrices, forbidden: readonly number[]) {
    this.#graph = graph
    this.#prices = prices
    this.#edges = new Int32Array(graph.nodeCount).fill(UNREACHED)
    this.#origins = new Int32Array(graph.nodeCount).fill(UNREACHED)
    this.#forbidden = new Set(forbidden)
  }

  /**
   * Dijkstra's algorithm. No path leads through one root to another: what is held by a variable of a module is held
   * by that variable, however the module is reached.
   *
   * Prices are small, so that the queue is a ring of lists, one for each price.
   */
  grow(roots: Iterable<readonly [HeapRoot, number]>): this {
    const graph = this.#graph
    const costs = new Int32Array(graph.nodeCount).fill(2 ** 31 - 1)
    const ring: number[][] = Array.from({ length: MAX_PRICE }, () => [])
    let waiting = 0
    const enqueue = (node: number, cost: number) => {
      costs[node] = cost
      ring[cost % MAX_PRICE]?.push(node)
      waiting++
    }
    for (const [root, price] of roots) {
      this.#roots.set(root.node, root)
      this.#origins[root.node] = root.node
      enqueue(root.node, price)
    }
    for (let cost = 0; waiting > 0; cost++) {
      const nodes = ring[cost % MAX_PRICE] as number[]
      for (let node = nodes.pop(); node !== undefined; node = nodes.pop()) {
        waiting--
        if (costs[node] !== cost) continue
        for (let edge = graph.firstEdge(node); edge < graph.endOfEdges(node); edge += graph.edgeStep) {
          const to = graph.target(edge)
          if ((costs[to] as number) <= cost || this.#roots.has(to)) continue
          const price = this.#prices.of(node, edge, to)
          if (price === FORBIDDEN || cost + price >= (costs[to] as number) || this.#forbidden.has(to)) continue
          this.#edges[to] = edge
          this.#origins[to] = node
          enqueue(to, cost + price)
        }
      }
    }
    return this
  }

  reaches(node: number): boolean {
    return this.#origins[node] !== UNREACHED
  }

  pathTo(node: number): RetainingPath | undefined {
    if (!this.reaches(node)) return undefined
    const edges: number[] = []
    let at = node
    let root = this.#roots.get(at)
    while (root === undefined) {
      edges.push(this.#edges[at] as number)
      at = this.#origins[at] as number
      root = this.#roots.get(at)
    }
    return { root, edges: edges.reverse() }
  }

  /** Where the edges of a path begin, and where the last one ends. */
  nodesOf({ root, edges }: RetainingPath): number[] {
    return [root.node, ...edges.map((edge) => this.#graph.target(edge))]
  }
}
