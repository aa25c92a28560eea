import { describeClosure } from './functions.js'
import type { HeapGraph } from './heap-graph.js'
import { isModuleContext } from './heap-roots.js'
import { PathCursor } from './path-cursor.js'
import type { RetainingPath } from './retaining-path.js'
import type { Scripts } from './scripts.js'
import { code, member, withArticle } from './words.js'

// What a finalizer needs is kept until it has run. Where that leads back to the handle itself, it never will.

/** How far a finalizer is looked into. */
const MAX_NODES = 500

type Way = { readonly edge: number; readonly from: number }

/** The finalizers of a snapshot, by what a handle and its entry in the release table both refer to. */
export class Finalizers {
  readonly #graph: HeapGraph
  readonly #releaseTable: number
  /** Raw values, states and finalizers that are objects: how the release table leads there. */
  readonly #ways = new Map<number, readonly [Way, Way]>()

  constructor(graph: HeapGraph, releaseTable: number) {
    this.#graph = graph
    this.#releaseTable = releaseTable
    for (const toEntry of graph.edges(releaseTable)) {
      if (graph.edgeType(toEntry) !== 'element') continue
      const entry = graph.target(toEntry)
      for (const edge of graph.edges(entry)) {
        const to = graph.target(edge)
        const isOfFinalizer = ['value', 'release'].includes(graph.edgeName(edge)) && this.#canRefer(to)
        if (isOfFinalizer)
          this.#ways.set(to, [
            { edge: toEntry, from: releaseTable },
            { edge, from: entry },
          ])
      }
    }
  }

  /** How the finalizer of a handle refers to the handle; undefined when it does not. */
  pathTo(handle: number): RetainingPath | undefined {
    for (const symbol of ['<symbol finalizerState>', '<symbol raw>', '<symbol finalizer>']) {
      const start = this.#graph.follow(handle, 'property', symbol)
      const ways = start === undefined ? undefined : this.#ways.get(start)
      if (start === undefined || ways === undefined) continue
      const back = this.#search(start, handle)
      if (back === undefined) continue
      const edges = [...ways.map(({ edge }) => edge), ...back]
      return { root: { kind: 'finalizers', node: this.#releaseTable }, edges }
    }
    return undefined
  }

  #canRefer(node: number): boolean {
    return ['object', 'closure', 'array'].includes(this.#graph.type(node))
  }

  #search(start: number, handle: number): number[] | undefined {
    const graph = this.#graph
    const ways = new Map<number, Way | undefined>([[start, undefined]])
    const queue = [start]
    for (let at = queue.shift(); at !== undefined && ways.size < MAX_NODES; at = queue.shift()) {
      for (const edge of graph.edges(at)) {
        const to = graph.target(edge)
        if (ways.has(to) || !leadsOn(graph, edge)) continue
        ways.set(to, { edge, from: at })
        if (to === handle) return edgesTo(ways, handle)
        queue.push(to)
      }
    }
    return undefined
  }
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

function edgesTo(ways: ReadonlyMap<number, Way | undefined>, node: number): number[] {
  const edges: number[] = []
  for (let way = ways.get(node); way !== undefined; way = ways.get(way.from)) edges.push(way.edge)
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
  const type = graph.follow(entry, 'property', 'type') as number
  const owner = withArticle(graph.name(type) || 'handle')
  const { isClosure, words } = describeWay(graph, scripts, path)
  return isClosure ? `the finalizer of ${owner}, ${words}` : `the finalizer state of ${owner} (${words})`
}

/** From the entry on: table → entry → value or release → … */
function describeWay(graph: HeapGraph, scripts: Scripts, path: RetainingPath): { isClosure: boolean; words: string } {
  const [, second, ...rest] = path.edges as [number, number, ...number[]]
  if (graph.edgeName(second) === 'release') {
    const callback = describeClosure(new PathCursor(graph, scripts, path), graph.target(second))
    const captured = rest
      .map((edge) => (graph.edgeType(edge) === 'context' ? graph.edgeName(edge) : undefined))
      .find(Boolean)
    const variable = captured === undefined ? 'it' : `it, in ${code(captured)}`
    return {
      isClosure: true,
      words: `${callback} that has captured ${variable}`,
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
