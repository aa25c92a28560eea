import { createReadStream, statSync } from 'node:fs'
import { type LoadedSnapshot, loadSnapshot } from '../vendor/heap-snapshot.js'

// The heap of a program as a graph. Nodes are numbered from 0, which is the root. An edge is the index of its
// first field: there are ten million of them in a snapshot of 200 MB, and none is made an object.

export interface Location {
  scriptId: number
  /** 1-based, as the column. */
  line: number
  column: number
}

/** Matched against what an edge has as its type and name, without a string being made. */
export type StringNumber = number

export class HeapGraph {
  readonly nodeCount: number
  /** From one edge of a node to its next. */
  readonly edgeStep: number
  readonly #snapshot: LoadedSnapshot
  readonly #numbers = new Map<string, StringNumber>()

  constructor(snapshot: LoadedSnapshot) {
    this.#snapshot = snapshot
    this.nodeCount = snapshot.nodeCount
    this.edgeStep = snapshot.edgeFieldsCount
  }

  /**
   * @param onProgress is told often which share of the file was read, from 0 to 1
   * @throws when the file cannot be read, or is not a whole heap snapshot
   */
  static async read(path: string, onProgress: (share: number) => void): Promise<HeapGraph> {
    return new HeapGraph(await loadSnapshot(textOf(path, onProgress)))
  }

  get strings(): readonly string[] {
    return this.#snapshot.strings
  }

  /** By their numbers. */
  get edgeTypes(): readonly string[] {
    return this.#snapshot.edgeTypes
  }

  /** -1 when no edge and no node has the name. */
  numberOf(name: string): StringNumber {
    let number = this.#numbers.get(name)
    if (number === undefined) {
      number = this.#snapshot.strings.indexOf(name)
      this.#numbers.set(name, number)
    }
    return number
  }

  /** -1 when this engine has no such type. */
  edgeTypeNumber(type: string): number {
    return this.#snapshot.edgeTypes.indexOf(type)
  }

  /** -1 when this engine has no such type. */
  nodeTypeNumber(type: string): number {
    return this.#snapshot.nodeTypes.indexOf(type)
  }

  nodeTypeOf(node: number): number {
    return this.#field(node, this.#snapshot.nodeTypeOffset)
  }

  type(node: number): string {
    return this.#snapshot.nodeTypes[this.nodeTypeOf(node)] as string
  }

  nameNumberOf(node: number): StringNumber {
    return this.#field(node, this.#snapshot.nodeNameOffset)
  }

  /** The class of an object, the name of a function, the text of a string. */
  name(node: number): string {
    return this.#snapshot.strings[this.nameNumberOf(node)] as string
  }

  /** As in the names of edges that weak maps make. */
  id(node: number): number {
    return this.#field(node, this.#snapshot.nodeIdOffset)
  }

  /** Of a function: where it is defined. Of an object: where its constructor is. */
  location(node: number): Location | undefined {
    const location = this.#snapshot.getLocation(node * this.#snapshot.nodeFieldCount)
    if (location === null) return undefined
    const { scriptId, lineNumber, columnNumber } = location
    return { scriptId, line: lineNumber + 1, column: columnNumber + 1 }
  }

  firstEdge(node: number): number {
    return this.#snapshot.firstEdgeIndexes[node] as number
  }

  endOfEdges(node: number): number {
    return this.#snapshot.firstEdgeIndexes[node + 1] as number
  }

  target(edge: number): number {
    const { containmentEdges, edgeToNodeOffset, nodeFieldCount } = this.#snapshot
    return containmentEdges.getValue(edge + edgeToNodeOffset) / nodeFieldCount
  }

  edgeTypeOf(edge: number): number {
    return this.#snapshot.containmentEdges.getValue(edge)
  }

  edgeType(edge: number): string {
    return this.#snapshot.edgeTypes[this.edgeTypeOf(edge)] as string
  }

  /** For `element` and `hidden` edges an index, for all others a `StringNumber`. */
  edgeNameNumberOf(edge: number): number {
    return this.#snapshot.containmentEdges.getValue(edge + this.#snapshot.edgeNameOffset)
  }

  edgeName(edge: number): string {
    const type = this.edgeType(edge)
    const number = this.edgeNameNumberOf(edge)
    return type === 'element' || type === 'hidden' ? String(number) : (this.#snapshot.strings[number] as string)
  }

  /** Not for all of the nodes: this makes an array. */
  edges(node: number): number[] {
    const edges: number[] = []
    for (let edge = this.firstEdge(node); edge < this.endOfEdges(node); edge += this.edgeStep) edges.push(edge)
    return edges
  }

  /** What an edge of that name leads to. */
  follow(node: number, type: 'property' | 'internal', name: string): number | undefined {
    const typeNumber = this.edgeTypeNumber(type)
    const nameNumber = this.numberOf(name)
    const end = this.endOfEdges(node)
    for (let edge = this.firstEdge(node); edge < end; edge += this.edgeStep) {
      if (this.edgeNameNumberOf(edge) === nameNumber && this.edgeTypeOf(edge) === typeNumber) return this.target(edge)
    }
    return undefined
  }

  /** In a table, the key of the value that the edge leads to: what the edge before leads to. undefined: no string. */
  keyOf(from: number, edge: number): string | undefined {
    const before = edge - this.edgeStep
    const isNext = before >= this.firstEdge(from) && Number(this.edgeName(before)) === Number(this.edgeName(edge)) - 1
    const key = this.target(before)
    return isNext && this.type(key) === 'string' ? this.name(key) : undefined
  }

  #field(node: number, offset: number): number {
    return this.#snapshot.nodes.getValue(node * this.#snapshot.nodeFieldCount + offset)
  }
}

async function* textOf(path: string, onProgress: (share: number) => void): AsyncIterable<string> {
  const { size } = statSync(path)
  const stream = createReadStream(path, { encoding: 'utf8', highWaterMark: 2 ** 20 })
  for await (const text of stream) {
    yield text as string
    onProgress(stream.bytesRead / size)
  }
}
