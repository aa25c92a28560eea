import type { StackFrame } from '../live-handle.js'
import { shortPath } from './short-path.js'

/** The frames and stacks of many sites, each written once. */
export interface StackTable {
  /** Names of functions and files. */
  strings: string[]
  /** Of each frame: an index into `strings`. */
  functionNames: number[]
  /** Of each frame: an index into `strings`. */
  files: number[]
  lines: number[]
  columns: number[]
  /** Stacks are a tree, the outermost frames its roots. Of each node: the node that called it, or -1. */
  parents: number[]
  /** Of each node: its frame. */
  frames: number[]
}

export class StackTableBuilder {
  readonly table: StackTable = {
    strings: [],
    functionNames: [],
    files: [],
    lines: [],
    columns: [],
    parents: [],
    frames: [],
  }
  readonly #strings = new Map<string, number>()
  readonly #frames = new Map<string, number>()
  readonly #nodes = new Map<string, number>()

  /**
   * Adds a stack, and returns the node of its innermost frame; -1 for an empty one.
   * @param stack Innermost first.
   * @param directory What its paths are shown relative to.
   */
  stack(stack: readonly StackFrame[], directory: string): number {
    let node = -1
    for (const frame of stack.toReversed()) node = this.#node(node, this.frame(frame, directory))
    return node
  }

  /** Adds a frame, and returns its index. */
  frame({ functionName, file, line, column }: StackFrame, directory: string): number {
    const name = this.#string(functionName)
    const path = this.#string(shortPath(file, directory))
    const key = `${name} ${path} ${line} ${column}`
    const known = this.#frames.get(key)
    if (known !== undefined) return known
    this.#frames.set(key, this.table.lines.length)
    this.table.functionNames.push(name)
    this.table.files.push(path)
    this.table.lines.push(line)
    return this.table.columns.push(column) - 1
  }

  #node(parent: number, frame: number): number {
    const key = `${parent} ${frame}`
    const known = this.#nodes.get(key)
    if (known !== undefined) return known
    this.#nodes.set(key, this.table.parents.length)
    this.table.frames.push(frame)
    return this.table.parents.push(parent) - 1
  }

  #string(text: string): number {
    const known = this.#strings.get(text)
    if (known !== undefined) return known
    this.#strings.set(text, this.table.strings.length)
    return this.table.strings.push(text) - 1
  }
}
