import { describeHolders, type Step, stepsOf } from './describe-path.js'
import { describeOtherFinalizer, describeOwnFinalizer, Finalizers } from './finalizer-path.js'
import { HeapGraph } from './heap-graph.js'
import { LABELS_CLASS, labelIn, RELEASE_TABLE } from './label-names.js'
import { type OwnObjects, Pathfinder, type PathTree, type RetainingPath } from './retaining-path.js'
import { Scripts } from './scripts.js'
import { SourceMaps } from './source-maps.js'

/** Why a handle is alive. */
export interface Retention {
  /**
   * In words, from the handle outwards: `a Map, which is held by …`. To be read after "held by".
   */
  readonly heldBy: string
  /** The objects on the way to the handle, from what holds all of them to the handle itself. */
  readonly path: readonly Step[]
}

/** For what is only there since nobody has collected it yet. */
export const NOBODY = 'nothing any more: it would have been collected'

export interface ExplainOptions {
  /** What files are shown relative to. Default: the working directory */
  directory?: string
  /** Whether places are those of the sources that source maps tell of, as with `--enable-source-maps`. Default false */
  mapsSources?: boolean
  /** Is told often which share of the file was read, from 0 to 1. */
  onProgress?: (share: number) => void
}

/**
 * Says why the handles are alive that a snapshot has labels for.
 *
 * @param path of a file that `writeLabelledSnapshot` has written, perhaps in another process
 * @returns by label; what was collected while the snapshot was written is left out
 * @throws when the file cannot be read, or is no whole snapshot with labels
 */
export async function explainSnapshot(
  path: string,
  { directory = process.cwd(), mapsSources = false, onProgress = () => {} }: ExplainOptions = {},
): Promise<Map<string, Retention>> {
  const graph = await HeapGraph.read(path, onProgress)
  const scripts = new Scripts(graph, directory, mapsSources ? new SourceMaps() : undefined)
  const { own, handles } = findLabels(graph, scripts)
  return new Explainer(graph, scripts, own).explain(handles)
}

interface Labels {
  own: OwnObjects
  handles: Map<string, number>
}

function findLabels(graph: HeapGraph, scripts: Scripts): Labels {
  const type = graph.numberOf(LABELS_CLASS)
  for (let node = 0; node < graph.nodeCount; node++) {
    if (graph.nameNumberOf(node) !== type || graph.type(node) !== 'object') continue
    const releaseTable = graph.follow(node, 'property', RELEASE_TABLE)
    if (releaseTable === undefined) continue
    const handles = new Map<string, number>()
    for (const edge of graph.edges(node)) {
      const label = labelIn(graph.edgeName(edge))
      if (label !== undefined) handles.set(label, graph.target(edge))
    }
    ownersInPlaceOfTokens(graph, handles)
    const library = scripts.placeOf(node)?.file.replace(/[^/\\]+[/\\][^/\\]+$/, '')
    return { own: { labels: node, releaseTable, library }, handles }
  }
  throw new Error('The heap snapshot has no labels of handles.')
}

/** The native table knows the tokens of handles; it is their owners that the program holds. */
function ownersInPlaceOfTokens(graph: HeapGraph, handles: Map<string, number>): void {
  const labels = new Map<number, string>()
  for (const [label, node] of handles) if (graph.name(node) === 'HandleToken') labels.set(node, label)
  if (labels.size === 0) return
  const property = graph.edgeTypeNumber('property')
  const token = graph.numberOf('<symbol token>')
  for (let node = 0; node < graph.nodeCount; node++) {
    for (let edge = graph.firstEdge(node); edge < graph.endOfEdges(node); edge += graph.edgeStep) {
      if (graph.edgeTypeOf(edge) !== property || graph.edgeNameNumberOf(edge) !== token) continue
      const label = labels.get(graph.target(edge))
      if (label === undefined) continue
      handles.set(label, node)
      labels.delete(graph.target(edge))
    }
  }
  // The token of what was collected just before the snapshot was written.
  for (const label of labels.values()) handles.delete(label)
}

/** Trees of paths cost about as much as reading the snapshot does: they are grown when they are needed. */
class Explainer {
  readonly #graph: HeapGraph
  readonly #scripts: Scripts
  readonly #finder: Pathfinder
  readonly #ownFinalizers: Finalizers
  #stack: PathTree | undefined
  #finalizers: PathTree | undefined

  constructor(graph: HeapGraph, scripts: Scripts, own: OwnObjects) {
    this.#graph = graph
    this.#scripts = scripts
    this.#finder = new Pathfinder(graph, scripts, own)
    this.#ownFinalizers = new Finalizers(graph, own.releaseTable)
  }

  explain(handles: ReadonlyMap<string, number>): Map<string, Retention> {
    const program = this.#finder.fromProgram()
    return new Map([...handles].map(([label, node]) => [label, this.#retention(program.pathTo(node), node)]))
  }

  #retention(path: RetainingPath | undefined, handle: number): Retention {
    const ownFinalizer = this.#ownFinalizers.pathTo(handle)
    if (path !== undefined) {
      const also = ownFinalizer === undefined ? '' : `; and ${this.#describeOwn(ownFinalizer)}`
      return this.#result(describeHolders(this.#graph, this.#scripts, path) + also, path)
    }
    if (ownFinalizer !== undefined) return this.#result(this.#describeOwn(ownFinalizer), ownFinalizer)
    return this.#fromFinalizers(handle) ?? this.#fromStack(handle) ?? { heldBy: NOBODY, path: [] }
  }

  #describeOwn(path: RetainingPath): string {
    return describeOwnFinalizer(this.#graph, this.#scripts, path)
  }

  #fromFinalizers(handle: number): Retention | undefined {
    this.#finalizers ??= this.#finder.fromFinalizers()
    const path = this.#finalizers.pathTo(handle)
    return path && this.#result(describeOtherFinalizer(this.#graph, this.#scripts, path), path)
  }

  #fromStack(handle: number): Retention | undefined {
    this.#stack ??= this.#finder.fromStack()
    const path = this.#stack.pathTo(handle)
    if (path === undefined) return undefined
    if (path.root.kind === 'stack') return this.#result('only a local variable of a running function', path)
    return this.#result(describeHolders(this.#graph, this.#scripts, path), path)
  }

  #result(heldBy: string, path: RetainingPath): Retention {
    return { heldBy, path: stepsOf(this.#graph, this.#scripts, path) }
  }
}
