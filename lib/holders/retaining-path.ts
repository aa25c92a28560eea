import { EdgePrices, FORBIDDEN, MAX_PRICE } from './edge-prices.js'
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
    const own = [this.#own.labels, this.#own.releaseTable]
    return this.#grow([...own, ...this.#stackRoots()], [{ kind: 'engine', node: 0 }])
  }

  /** The same for what is alive only as long as the functions that were running. */
  fromStack(): PathTree {
    const stack = this.#stackRoots().map((node) => ({ kind: 'stack', node }) as const)
    return this.#grow([this.#own.labels, this.#own.releaseTable], stack)
  }

  #grow(forbidden: readonly number[], others: readonly HeapRoot[]): PathTree {
    const alive = findAlive(this.#graph, this.#prices, forbidden)
    const roots = findRoots(this.#graph, this.#scripts, (node) => alive[node] === 1)
    const priced = roots.map((root) => [root, priceOf(root, this.#own.library)] as const)
    return this.#tree(forbidden).grow([...priced, ...others.map((root) => [root, MAX_PRICE - 1] as const)])
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

/** 1 for each node that the engine's roots reach. */
function findAlive(graph: HeapGraph, prices: EdgePrices, forbidden: readonly number[]): Uint8Array {
  const FORBIDDEN_NODE = 2
  const states = new Uint8Array(graph.nodeCount)
  for (const node of forbidden) states[node] = FORBIDDEN_NODE
  const waiting = [0]
  states[0] = 1
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    for (let edge = graph.firstEdge(node); edge < graph.endOfEdges(node); edge += graph.edgeStep) {
      const to = graph.target(edge)
      if (states[to] !== 0 || prices.of(node, edge, to) === FORBIDDEN) continue
      states[to] = 1
      waiting.push(to)
    }
  }
  return states
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
          if (this.#prices.isTimerList(node, edge)) continue
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
}
