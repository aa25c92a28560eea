import { describeClosure, describeFunction } from './functions.js'
import type { HeapGraph } from './heap-graph.js'
import { isModuleContext } from './heap-roots.js'
import { PathCursor } from './path-cursor.js'
import type { RetainingPath } from './retaining-path.js'
import type { Scripts } from './scripts.js'
import { code, member, withArticle } from './words.js'

// What a finalizer needs is kept until it has run. Where that leads back to the handle itself, it never will.

/** How far a finalizer is looked into. */
const MAX_NODES = 2000

/** The entries of the release table: where the edges to them are. */
function* entryEdges(graph: HeapGraph, releaseTable: number): Iterable<number> {
  for (const edge of graph.edges(releaseTable)) if (graph.edgeType(edge) === 'element') yield edge
}

/** What a handle has of its own, that its entry has too: its raw value or state, and its finalizer. */
const SHARED = [
  ['<symbol finalizerState>', 'value'],
  ['<symbol finalizer>', 'release'],
  ['<symbol raw>', 'value'],
] as const

function edgeToOwnEntry(graph: HeapGraph, releaseTable: number, handle: number): number | undefined {
  const shared = SHARED.flatMap(([symbol, field]) => {
    const node = graph.follow(handle, 'property', symbol)
    // Simple values are shared by many.
    return node === undefined || !['object', 'closure', 'array'].includes(graph.type(node))
      ? []
      : [[node, field] as const]
  })
  for (const edge of shared.length === 0 ? [] : entryEdges(graph, releaseTable)) {
    const entry = graph.target(edge)
    if (shared.some(([node, field]) => graph.follow(entry, 'property', field) === node)) return edge
  }
  return undefined
}

/** How the finalizer of a handle refers to the handle; undefined when it does not. */
export function pathFromOwnFinalizer(
  graph: HeapGraph,
  releaseTable: number,
  handle: number,
): RetainingPath | undefined {
  const first = edgeToOwnEntry(graph, releaseTable, handle)
  if (first === undefined) return undefined
  const came = new Map<number, { edge: number; from: number }>([
    [graph.target(first), { edge: first, from: releaseTable }],
  ])
  const queue = [graph.target(first)]
  for (let at = queue.shift(); at !== undefined && came.size < MAX_NODES; at = queue.shift()) {
    for (const edge of graph.edges(at)) {
      const to = graph.target(edge)
      if (came.has(to) || !leadsOn(graph, edge)) continue
      came.set(to, { edge, from: at })
      if (to === handle)
        return { root: { kind: 'finalizers', node: releaseTable }, edges: edgesTo(came, handle, releaseTable) }
      queue.push(to)
    }
  }
  return undefined
}

const NO_WAY_BACK = ['__proto__', 'constructor', 'prototype', 'type', 'map', 'shared', 'code', 'feedback_cell']

/** What a finalizer shares with the whole program is not what refers back: classes, modules, code. */
function leadsOn(graph: HeapGraph, edge: number): boolean {
  const to = graph.target(edge)
  if (graph.edgeType(edge) === 'weak' || graph.type(to) === 'hidden' || graph.type(to) === 'code') return false
  if (graph.name(to) === 'system / Context' && isModuleContext(graph, to)) return false
  const name = graph.edgeName(edge)
  return !NO_WAY_BACK.includes(name) && !/part of key/.test(name)
}

function edgesTo(came: ReadonlyMap<number, { edge: number; from: number }>, handle: number, start: number): number[] {
  const edges: number[] = []
  for (let at = handle; at !== start; ) {
    const step = came.get(at) as { edge: number; from: number }
    edges.push(step.edge)
    at = step.from
  }
  return edges.reverse()
}

/** "its own finalizer state, which refers back to it (`state.owner`)". */
export function describeOwnFinalizer(graph: HeapGraph, scripts: Scripts, path: RetainingPath): string {
  const { isClosure, words } = describeWay(graph, scripts, path)
  return isClosure ? `its own finalizer, ${words}` : `its own finalizer state, which refers back to it (${words})`
}

/** "the finalizer state of a TempFile (`state.log`)". */
export function describeOtherFinalizer(graph: HeapGraph, scripts: Scripts, path: RetainingPath): string {
  const entry = graph.target(path.edges[0] as number)
  const type = graph.follow(entry, 'property', 'type')
  const owner = withArticle((type !== undefined && graph.name(type)) || 'handle')
  const { isClosure, words } = describeWay(graph, scripts, path)
  return isClosure ? `the finalizer of ${owner}, ${words}` : `the finalizer state of ${owner} (${words})`
}

/** From the entry on: table → entry → value or release → … */
function describeWay(graph: HeapGraph, scripts: Scripts, path: RetainingPath): { isClosure: boolean; words: string } {
  const [, second, ...rest] = path.edges
  const start = second === undefined ? undefined : graph.target(second)
  if (second !== undefined && graph.edgeName(second) === 'release' && start !== undefined) {
    const cursor = new PathCursor(graph, scripts, path)
    const callback = describeFunction(cursor, start)
    const captured = rest
      .map((edge) => (graph.edgeType(edge) === 'context' ? graph.edgeName(edge) : undefined))
      .find(Boolean)
    const variable = captured === undefined ? 'it' : `it, in ${code(captured)}`
    return {
      isClosure: true,
      words: `${describeClosure(callback)} that has captured ${variable}`,
    }
  }
  return { isClosure: false, words: code(`state${rest.map((edge) => part(graph, edge)).join('')}`) }
}

function part(graph: HeapGraph, edge: number): string {
  const name = graph.edgeName(edge)
  const type = graph.edgeType(edge)
  if (type === 'element') return `[${name}]`
  if (type === 'property') return member(name)
  if (type === 'context') return ` … ${name}`
  return ''
}
