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
  readonly line?: number
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
  if (cursor.isAtRoot) {
    const words = describeRoot(path.root, scripts)
    if (words !== undefined) say(words)
  }
  return chain(holders.length === 0 ? ['the engine, in a way that it does not tell'] : holders)
}

function describeRoot(root: HeapRoot, scripts: Scripts): string | undefined {
  if (root.kind === 'stack') return 'a local variable of a running function'
  if (root.kind === 'timer') return 'a pending timer'
  if (root.kind === 'engine') return 'the runtime itself, or a native addon'
  if (root.kind === 'global') return 'the global object'
  if (root.kind !== 'module') return undefined
  return root.file === undefined ? 'a module' : `the module ${scripts.describeModule(root.file)}`
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
