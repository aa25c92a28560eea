import type { HeapGraph } from './heap-graph.js'
import type { HeapRoot } from './heap-roots.js'
import type { Holder } from './holder.js'
import { PathCursor } from './path-cursor.js'
import { readNext } from './patterns.js'
import type { RetainingPath } from './retaining-path.js'
import type { Place, Scripts } from './scripts.js'
import { chain } from './words.js'

/** One object on the way from a root to a handle. */
export interface Step {
  /** By what the object before refers to this one: the name of a property or variable; empty for the first. */
  readonly edge: string
  /** Its class, or for a function its name. */
  readonly object: string
  /** Where the function, or the constructor of the object, is defined, if the engine knows. */
  readonly file?: string
  /** From 1. */
  readonly line?: number
  /** From 1. */
  readonly column?: number
}

/** Past this many the sentence tells nobody anything. */
const MAX_HOLDERS = 4

/** In words, from the handle outwards. */
export function describeHolders(graph: HeapGraph, scripts: Scripts, path: RetainingPath): string {
  const cursor = new PathCursor(graph, scripts, path)
  const holders: string[] = []
  /** What the next holder holds, if that has no words of its own yet: `Map`, `closure of …`. */
  let held: Holder | undefined
  const say = (words: string) => {
    if (holders.at(-1) !== words) holders.push(words)
  }
  while (!cursor.isAtRoot && holders.length < MAX_HOLDERS) {
    const found = readNext(cursor, held)
    if (held !== undefined && !found.tellsHeld && !found.isSilent) say(held.alone)
    if (!found.isSilent) held = undefined
    if (found.holder !== undefined) held = found.holder
    if (found.words !== undefined) say(found.words)
    if (found.isEnd) return chain(holders)
  }
  if (held !== undefined && holders.length < MAX_HOLDERS) say(held.alone)
  if (cursor.isAtRoot) say(describeRoot(path.root, scripts))
  return chain(holders)
}

const ROOTS: Readonly<Record<Exclude<HeapRoot['kind'], 'module'>, string>> = {
  timer: 'a pending timer',
  engine: 'the runtime itself, or a native addon',
  global: 'the global object',
  stack: 'a local variable of a running function',
  finalizers: 'a finalizer',
}

function describeRoot({ kind, file }: HeapRoot, scripts: Scripts): string {
  if (kind !== 'module') return ROOTS[kind]
  return file === undefined ? 'a module' : `the module ${scripts.describeModule(file)}`
}

export function stepsOf(graph: HeapGraph, scripts: Scripts, { root, edges }: RetainingPath): Step[] {
  const nodes = [root.node, ...edges.map((edge) => graph.target(edge))]
  return nodes.map((node, index) => {
    const edge = edges[index - 1]
    const place: Place | undefined = scripts.placeOf(node)
    return { edge: edge === undefined ? '' : graph.edgeName(edge), object: nameOf(graph, node), ...place }
  })
}

const LONGEST_NAME = 80

function nameOf(graph: HeapGraph, node: number): string {
  const name = graph.name(node) || `(${graph.type(node)})`
  return name.length > LONGEST_NAME ? `${name.slice(0, LONGEST_NAME)}…` : name
}
