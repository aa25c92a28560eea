import type { HeapGraph } from './heap-graph.js'
import { isOfRuntime, type Scripts } from './scripts.js'

// Where a path may begin. What the engine itself calls roots says nothing to anybody: a path begins at what the
// program knows by a name, or what keeps itself alive.

/** What a path begins at. */
export interface HeapRoot {
  /**
   * The variables of a module: a context, or the table of its exports; `globalThis`; a pending timer; the engine, where
   * nothing better was found; what is on the stack; the table with the finalizer states.
   */
  readonly kind: 'module' | 'global' | 'timer' | 'engine' | 'stack' | 'finalizers'
  readonly node: number
  /** Of a module, if it is known. */
  readonly file?: string | undefined
}

export const ECMASCRIPT_MODULE = 'system / SourceTextModule'

/** The roots of a heap: all that the program knows by a name, and that is alive. */
export function findRoots(graph: HeapGraph, scripts: Scripts, isAlive: (node: number) => boolean): HeapRoot[] {
  const files = moduleFiles(graph, scripts, isAlive)
  const roots: HeapRoot[] = []
  const globals = new Set<number>()
  for (const edge of graph.edges(0)) if (graph.edgeType(edge) === 'shortcut') globals.add(graph.target(edge))
  const context = graph.numberOf('system / Context')
  const nativeContext = graph.numberOf('system / NativeContext')
  const module = graph.numberOf(ECMASCRIPT_MODULE)
  const timeout = graph.numberOf('Timeout')
  for (let node = 0; node < graph.nodeCount; node++) {
    if (!isAlive(node)) continue
    const name = graph.nameNumberOf(node)
    if (name === context) {
      if (isModuleContext(graph, node)) roots.push({ kind: 'module', node, file: files.get(node) })
    } else if (name === module) {
      roots.push({ kind: 'module', node, file: fileOfModule(graph, scripts, node) })
    } else if (name === nativeContext) {
      globals.add(graph.follow(node, 'internal', 'global_object') ?? 0)
    } else if (name === timeout && isPending(graph, node)) {
      roots.push({ kind: 'timer', node })
    }
  }
  for (const node of globals) if (node !== 0 && graph.type(node) === 'object') roots.push({ kind: 'global', node })
  return roots
}

/** A timer that is not pending is in no list. */
function isPending(graph: HeapGraph, timeout: number): boolean {
  const next = graph.follow(timeout, 'property', '_idleNext')
  return next !== undefined && (graph.name(next) === 'TimersList' || graph.name(next) === 'Timeout')
}

/** Of an ECMAScript module, or of the function that Node makes of a CommonJS module. */
export function isModuleContext(graph: HeapGraph, context: number): boolean {
  const extension = graph.follow(context, 'internal', 'extension')
  if (extension !== undefined && graph.name(extension) === ECMASCRIPT_MODULE) return true
  const outer = graph.follow(context, 'internal', 'previous')
  if (outer === undefined || graph.name(outer) !== 'system / NativeContext') return false
  const scope = graph.follow(context, 'internal', 'scope_info')
  if (scope === undefined || hasOuterScope(graph, scope) || isOfNamedFunction(graph, scope)) return false
  return hasVariables(graph, context)
}

/** A function has its name after those of its variables; what Node makes of a CommonJS module has none. */
function isOfNamedFunction(graph: HeapGraph, scope: number): boolean {
  let name = ''
  for (const edge of graph.edges(scope)) {
    const target = graph.target(edge)
    if (graph.type(target) === 'string') name = graph.name(target)
  }
  return name !== ''
}

/** The body of a module is a function to the engine, of those that can wait. */
function fileOfModule(graph: HeapGraph, scripts: Scripts, module: number): string | undefined {
  for (const edge of graph.edges(module)) {
    const body = graph.follow(graph.target(edge), 'internal', 'function')
    if (body !== undefined) return scripts.of(body)
  }
  return undefined
}

/** Contexts that the engine makes for itself have none that it names. */
function hasVariables(graph: HeapGraph, context: number): boolean {
  const named = graph.edgeTypeNumber('context')
  for (const edge of graph.edges(context)) if (graph.edgeTypeOf(edge) === named) return true
  return false
}

/** Functions know the scope around them that has variables. */
function hasOuterScope(graph: HeapGraph, scope: number): boolean {
  for (const edge of graph.edges(scope)) {
    if (graph.name(graph.target(edge)) === 'system / ScopeInfo') return true
  }
  return false
}

/** The files of modules, as far as a function of theirs is alive. */
function moduleFiles(graph: HeapGraph, scripts: Scripts, isAlive: (node: number) => boolean): Map<number, string> {
  const files = new Map<number, string>()
  for (let node = 0; node < graph.nodeCount; node++) {
    if (!scripts.isClosure(node) || !isAlive(node)) continue
    const context = outermostContext(graph, node)
    if (context === undefined || files.has(context)) continue
    const file = scripts.of(node)
    if (file !== undefined) files.set(context, file)
  }
  return files
}

function outermostContext(graph: HeapGraph, closure: number): number | undefined {
  let context = graph.follow(closure, 'internal', 'context')
  if (context === undefined || graph.name(context) !== 'system / Context') return undefined
  for (;;) {
    const outer = graph.follow(context, 'internal', 'previous')
    if (outer === undefined || graph.name(outer) !== 'system / Context') return context
    context = outer
  }
}

/** How willingly a path begins at something that the program knows: the less the better. */
export function priceOf({ kind, file }: HeapRoot, library: string | undefined): number {
  if (kind === 'global') return 1
  if (kind === 'timer') return 2
  if (file === undefined) return 4
  if (isOfRuntime(file)) return 6
  return library !== undefined && file.startsWith(library) ? 8 : 0
}
