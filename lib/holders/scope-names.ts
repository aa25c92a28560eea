import type { HeapGraph } from './heap-graph.js'

/**
 * The name of a variable in a context whose edges have none: that of a block. The scope of the context has the
 * names, in the same order; where they do not match one to one, no name is better than a wrong one.
 */
export function nameInScope(graph: HeapGraph, context: number, edge: number): string | undefined {
  const scope = graph.follow(context, 'internal', 'scope_info') as number
  const variables: number[] = []
  for (const other of graph.edges(context)) if (graph.edgeType(other) === 'hidden') variables.push(other)
  const names: string[] = []
  for (const other of graph.edges(scope)) {
    if (graph.edgeType(other) !== 'hidden') continue
    const target = graph.target(other)
    const isName = graph.type(target) === 'string' && graph.name(target) !== ''
    // The names come first.
    if (!isName || graph.edgeNameNumberOf(other) !== names.length) break
    names.push(graph.name(target))
  }
  return names.length === variables.length ? names[variables.indexOf(edge)] : undefined
}
