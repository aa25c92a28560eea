import { ECMASCRIPT_MODULE } from './heap-roots.js'
import type { Holder, Pattern } from './holder.js'
import { named, SILENT } from './holder.js'
import type { PathCursor } from './path-cursor.js'
import { nameInScope } from './scope-names.js'
import { code } from './words.js'

// What functions hold: the variables that a closure has captured, those of functions that are suspended, and what
// was bound.

const CONTEXT = 'system / Context'

/** `onData at app.js:12`, as short as is known. */
export function describeFunction(path: PathCursor, closure: number): string | undefined {
  const { name, place } = read(path, closure)
  if (place === undefined) return name === '' ? undefined : name
  return name === '' ? place : `${name} at ${place}`
}

function read(path: PathCursor, closure: number): { name: string; place: string | undefined } {
  const { graph, scripts } = path
  // Wrappers of once() and of subscribe() know the listener of the program; bound functions know what they call.
  const inner = graph.follow(closure, 'property', 'listener') ?? graph.follow(closure, 'internal', 'bound_function')
  if (inner !== undefined && scripts.isClosure(inner)) return read(path, inner)
  const place = scripts.placeOf(closure)
  return { name: graph.name(closure), place: place && scripts.describe(place) }
}

function closureHolder(path: PathCursor, closure: number, variable: string | undefined): Holder {
  const callback = describeFunction(path, closure)
  const captured = variable === undefined ? '' : ` (it has captured ${code(variable)})`
  const alone = `${describeClosure(path, closure)}${captured}`
  return callback === undefined ? { alone } : { alone, callback }
}

/** "a closure of function onData at app.js:12". */
export function describeClosure(path: PathCursor, closure: number): string {
  const { name, place } = read(path, closure)
  const where = place === undefined ? '' : ` at ${place}`
  if (name !== '') return `a closure of function ${name}${where}`
  return place === undefined ? 'a function of the engine' : `a closure${where}`
}

/** The hop to a variable in a context, and those from context to context; how many there are. */
function hopsToContext(path: PathCursor): number {
  const { name } = path.next
  if (path.holder !== CONTEXT || name === 'previous' || name === 'extension') return 0
  let hops = 1
  while (path.is(hops, 'internal', 'previous')) hops++
  return hops
}

export const contextVariable: Pattern = (path, held) => {
  const hops = hopsToContext(path)
  if (hops === 0) return undefined
  const hop = path.next
  const variable = hop.type === 'context' ? hop.name : nameInScope(path.graph, hop.from, hop.edge)
  const outer = path.hop(hops)
  if (outer === undefined) {
    path.advance(hops)
    return moduleVariable(path, held, variable)
  }
  if (outer.type !== 'internal' || outer.name !== 'context') return undefined
  path.advance(hops + 1)
  if (path.scripts.isClosure(outer.from)) return { holder: closureHolder(path, outer.from, variable) }
  return { holder: suspended(path, outer.from, variable) }
}

function moduleVariable(path: PathCursor, held: Holder | undefined, name: string | undefined): ReturnType<Pattern> {
  const { file } = path.root
  const owner = file === undefined ? 'a module' : path.scripts.describeModule(file)
  if (name === undefined) return { words: `a module-level variable of ${owner}`, isEnd: true }
  return { ...named(held, { kind: 'module-level', word: 'variable', name, owner }), isEnd: true }
}

/** `export const cache`: a cell of its own, in a table of the module by the name. */
export const exportedVariable: Pattern = (path, held) => {
  const isCell = path.is(0, 'internal', 'value') && path.holder === 'system / Cell'
  const hop = path.hop(1)
  if (!isCell || hop === undefined || !path.isIn(2, ECMASCRIPT_MODULE)) return undefined
  path.advance(3)
  return moduleVariable(path, held, path.graph.keyOf(hop.from, hop.edge))
}

/** A function that waits in `await` or `yield` keeps its variables in an array. */
export const suspendedFunction: Pattern = (path) => {
  const hop = path.hop(1)
  if (hop === undefined || !path.is(1, 'internal', 'parameters_and_registers')) return undefined
  path.advance(2)
  return { holder: suspended(path, hop.from, undefined) }
}

function suspended(path: PathCursor, generator: number, variable: string | undefined): Holder {
  const closure = path.graph.follow(generator, 'internal', 'function')
  const name = (closure !== undefined && describeFunction(path, closure)) || 'that the engine does not name'
  const what = variable === undefined ? 'a local variable' : `the variable ${code(variable)}`
  const isAsync = path.is(0, 'internal', 'extension')
  const kind = isAsync ? 'async function' : 'suspended function'
  return { alone: `${what} of the ${kind} ${name}${isAsync ? ' (it waits for a promise)' : ''}` }
}

/** From an async function to the promise that it waits for. */
export const awaitingPromise: Pattern = (path) => {
  if (!path.is(0, 'internal', 'extension') || !path.is(1, 'internal', 'context')) return undefined
  path.advance(2)
  return SILENT
}

export const boundValue: Pattern = (path) => {
  const hop = path.next
  if (!hop.name.startsWith('bound_') || !path.scripts.isClosure(hop.from)) return undefined
  path.advance(1)
  if (hop.name === 'bound_function') return SILENT
  const callback = describeFunction(path, hop.from)
  const what = hop.name === 'bound_this' ? '`this`' : 'an argument'
  return {
    holder: {
      alone: `${what} of a bound function${callback === undefined ? '' : ` (${callback})`}`,
      ...(callback && { callback }),
    },
  }
}

/** A wrapper refers to the function that it wraps by this property; what was found in that is found in the wrapper. */
export const wrappedListener: Pattern = (path) => {
  const hop = path.next
  if (hop.name !== 'listener' || !path.scripts.isClosure(hop.from)) return undefined
  path.advance(1)
  return SILENT
}
