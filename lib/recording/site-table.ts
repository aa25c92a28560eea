import type { StackFrame } from '../live-handle.js'

// Numbers for strings, frames and sites (a kind and a stack), so that each is written once. It is looked at
// for every handle that is opened: no strings are made for it.

/** What is told of whatever gets a number, before the number is first used. */
export interface SiteTableOutput {
  string(text: string): void
  frame(functionName: number, file: number, line: number, column: number): void
  site(kind: number, frames: readonly number[]): void
}

/** By `keyOf`. */
type StackNodes = Map<number, StackNode>

/** One frame, beneath the frames inside it. */
interface StackNode {
  readonly frame: StackFrame
  readonly number: number
  readonly children: StackNodes
  /** Another one with the same key. */
  next: StackNode | undefined
  /** The site whose stack ends here. */
  site: number | undefined
}

/**
 * A program whose stacks never end does not fill the memory with them: from here on only the innermost frame
 * of a stack that was not seen before is kept.
 */
const MAX_SITES = 50_000

export class SiteTable {
  readonly #output: SiteTableOutput
  readonly #strings = new Map<string, number>()
  readonly #kinds = new Map<string, StackNode>()
  readonly #frames: StackNodes = new Map()
  readonly #maxSites: number
  #frameCount = 0
  #siteCount = 0

  constructor(output: SiteTableOutput, maxSites = MAX_SITES) {
    this.#output = output
    this.#maxSites = maxSites
  }

  /** @param stack undefined where none was recorded */
  numberOf(kind: string, stack: readonly StackFrame[] | undefined): number {
    const frames = stack ?? []
    const isFull = this.#siteCount >= this.#maxSites && !this.#isKnown(kind, frames)
    const kept = isFull ? frames.slice(0, 1) : frames
    let node = this.#root(kind)
    for (const frame of kept) node = this.#child(node, frame)
    node.site ??= this.#addSite(kind, kept)
    return node.site
  }

  #isKnown(kind: string, stack: readonly StackFrame[]): boolean {
    let node = this.#kinds.get(kind)
    for (const frame of stack) node = node && find(node.children, frame)
    return node?.site !== undefined
  }

  #root(kind: string): StackNode {
    let root = this.#kinds.get(kind)
    if (root === undefined) {
      root = newNode({ functionName: '', file: '', line: 0, column: 0 }, 0)
      this.#kinds.set(kind, root)
    }
    return root
  }

  #child(node: StackNode, frame: StackFrame): StackNode {
    const known = find(node.children, frame)
    if (known !== undefined) return known
    return add(node.children, newNode(copyOf(frame), this.#numberOfFrame(frame)))
  }

  #numberOfFrame(frame: StackFrame): number {
    const known = find(this.#frames, frame)
    if (known !== undefined) return known.number
    const functionName = this.#numberOfString(frame.functionName)
    const file = this.#numberOfString(frame.file)
    this.#output.frame(functionName, file, frame.line, frame.column)
    return add(this.#frames, newNode(copyOf(frame), this.#frameCount++)).number
  }

  #numberOfString(text: string): number {
    const known = this.#strings.get(text)
    if (known !== undefined) return known
    const number = this.#strings.size
    this.#strings.set(text, number)
    this.#output.string(text)
    return number
  }

  #addSite(kind: string, stack: readonly StackFrame[]): number {
    const kindNumber = this.#numberOfString(kind)
    this.#output.site(
      kindNumber,
      stack.map((frame) => this.#numberOfFrame(frame)),
    )
    return this.#siteCount++
  }
}

function newNode(frame: StackFrame, number: number): StackNode {
  return { frame, number, children: new Map(), next: undefined, site: undefined }
}

// Whoever publishes a stack may go on using its frames.
function copyOf({ functionName, file, line, column }: StackFrame): StackFrame {
  return { functionName, file, line, column }
}

/** Frames that share it are told apart one by one; there are few. */
function keyOf({ line, column }: StackFrame): number {
  return line * 4096 + column
}

function find(nodes: StackNodes, frame: StackFrame): StackNode | undefined {
  let node = nodes.get(keyOf(frame))
  while (node !== undefined && !isSame(node.frame, frame)) node = node.next
  return node
}

function isSame(a: StackFrame, b: StackFrame): boolean {
  return a.line === b.line && a.column === b.column && a.file === b.file && a.functionName === b.functionName
}

function add(nodes: StackNodes, node: StackNode): StackNode {
  const key = keyOf(node.frame)
  node.next = nodes.get(key)
  nodes.set(key, node)
  return node
}
