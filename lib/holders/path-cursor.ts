import type { HeapGraph } from './heap-graph.js'
import type { HeapRoot } from './heap-roots.js'
import type { RetainingPath } from './retaining-path.js'
import type { Scripts } from './scripts.js'

/** One step of a path: who refers to what, and how. */
export interface Hop {
  readonly from: number
  readonly to: number
  readonly edge: number
  readonly type: string
  readonly name: string
}

/** Walks a path from the handle towards the root. */
export class PathCursor {
  readonly graph: HeapGraph
  readonly scripts: Scripts
  readonly root: HeapRoot
  readonly #hops: readonly Hop[]
  #next: number

  constructor(graph: HeapGraph, scripts: Scripts, { root, edges }: RetainingPath) {
    this.graph = graph
    this.scripts = scripts
    this.root = root
    let from = root.node
    this.#hops = edges.map((edge) => {
      const hop = { from, to: graph.target(edge), edge, type: graph.edgeType(edge), name: graph.edgeName(edge) }
      from = hop.to
      return hop
    })
    this.#next = edges.length - 1
  }

  get isAtRoot(): boolean {
    return this.#next < 0
  }

  /** The hop that comes next. There is one: nobody asks at the root. */
  get next(): Hop {
    return this.#hops[this.#next] as Hop
  }

  /** That hop, or one of those after it. */
  hop(ahead: number): Hop | undefined {
    return this.#hops[this.#next - ahead]
  }

  /** Whether that hop is of the type, and of that name if one is given. */
  is(ahead: number, type: string, name?: string): boolean {
    const hop = this.hop(ahead)
    return hop !== undefined && hop.type === type && (name === undefined || hop.name === name)
  }

  /** The class of who refers, in the hop that comes next. */
  get holder(): string {
    return this.graph.name(this.next.from)
  }

  /** Whether who refers, in that hop, is of the class. */
  isIn(ahead: number, type: string): boolean {
    const hop = this.hop(ahead)
    return hop !== undefined && this.graph.name(hop.from) === type
  }

  advance(hops: number): void {
    this.#next -= hops
  }
}
