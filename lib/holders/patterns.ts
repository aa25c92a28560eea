import {
  awaitingPromise,
  boundValue,
  contextVariable,
  describeClosure,
  describeFunction,
  exportedVariable,
  suspendedFunction,
  wrappedListener,
} from './functions.js'
import { collection, type Holder, type Match, named, type Pattern, SILENT } from './holder.js'
import type { PathCursor } from './path-cursor.js'
import { keyOf, withArticle } from './words.js'

// What is worth telling of a path. Every pattern looks at the hops that come next, from the handle outwards; the
// first that knows them tells what they mean.

function callbackOf(path: PathCursor, held: Holder | undefined): string {
  const { to } = path.next
  const callback = held?.callback ?? (path.scripts.isClosure(to) ? describeFunction(path, to) : undefined)
  return callback === undefined ? '' : ` (${callback})`
}

/** A listener of an EventEmitter: its only one of the event, or one in an array. */
const emitterListener: Pattern = (path, held) => {
  const ahead = path.is(0, 'element') && path.holder === 'Array' ? 1 : 0
  const [ofEvent, ofEmitter] = [path.hop(ahead), path.hop(ahead + 1)]
  if (ofEvent?.type !== 'property' || ofEmitter?.type !== 'property' || ofEmitter.name !== '_events') return undefined
  const type = path.graph.name(ofEmitter.from)
  const isProcess = type === 'process'
  const emitter = isProcess ? 'the process' : withArticle(type)
  const words = `the listeners of event ${keyOf(ofEvent.name)}${callbackOf(path, held)} of ${emitter}`
  path.advance(ahead + 2)
  return { words, tellsHeld: true, isEnd: isProcess }
}

/** A listener of an EventTarget, such as an AbortSignal: in a list for each event, in a Map. */
const targetListener: Pattern = (path, held) => {
  const isListener = path.is(0, 'property', 'listener') || path.is(0, 'property', 'callback')
  if (!isListener || path.holder !== 'Listener') return undefined
  const callback = callbackOf(path, held)
  let ahead = 1
  while (path.is(ahead, 'property', 'next') || path.is(ahead, 'property', 'previous')) ahead++
  const [ofEvent, ofTarget] = [path.hop(ahead), path.hop(ahead + 2)]
  if (ofEvent === undefined || ofTarget?.name !== '<symbol kEvents>') return undefined
  const event = path.graph.keyOf(ofEvent.from, ofEvent.edge)
  const target = withArticle(path.graph.name(ofTarget.from))
  path.advance(ahead + 3)
  return {
    words: `the listeners${event === undefined ? '' : ` of event '${event}'`}${callback} of ${target}`,
    tellsHeld: true,
  }
}

const STORE = 'the store of an AsyncLocalStorage'

/** Pending ones are where paths begin. */
const timer: Pattern = (path, held) => {
  const isArgument = path.is(1, 'property', '_timerArgs')
  const ahead = isArgument ? 1 : 0
  const hop = path.hop(ahead)
  if (hop === undefined || !path.isIn(ahead, 'Timeout')) return undefined
  const isStore = /^<symbol k(ResourceStore|AsyncContextFrame|.*AsyncLocalStorage.*)>$/.test(hop.name)
  if (!isArgument && hop.name !== '_onTimeout' && !isStore) return undefined
  const callback = path.graph.follow(hop.from, 'property', '_onTimeout')
  // null after clearTimeout().
  const isCalled = callback !== undefined && path.scripts.isClosure(callback)
  const called = isCalled ? describeFunction(path, callback) : undefined
  const whose = called === undefined ? '' : ` (setTimeout or setInterval, callback ${called})`
  path.advance(ahead + 1)
  const isPending = path.isAtRoot && path.root.kind === 'timer'
  const words = `${isPending ? 'a pending timer' : 'a timer'}${whose}`
  if (isStore) return { words: `${STORE}, in effect for ${words}`, tellsHeld: held?.alone === STORE, isEnd: isPending }
  return {
    words: isArgument ? `the arguments of ${words}` : words,
    tellsHeld: held?.callback !== undefined,
    isEnd: isPending,
  }
}

const immediate: Pattern = (path, held) => {
  if (!path.is(0, 'property', '_onImmediate')) return undefined
  const words = `an immediate${callbackOf(path, held)}`
  path.advance(1)
  return { words, tellsHeld: true, isEnd: true }
}

/** What als.run() was given: Node 20 and 22 keep it with each resource, later ones in a frame. */
const asyncStore: Pattern = (path) => {
  if (path.is(0, 'property', '<symbol kResourceStore>')) {
    const resource = withArticle(path.holder)
    path.advance(1)
    return { words: `${STORE}, in effect for ${resource}` }
  }
  if (path.is(1, 'internal', 'table') && path.isIn(1, 'AsyncContextFrame')) {
    path.advance(2)
    return { holder: { alone: STORE } }
  }
  return undefined
}

const REACTION = 'system / PromiseReaction'

const promiseReaction: Pattern = (path, held) => {
  if (path.holder !== REACTION) return undefined
  const callback = callbackOf(path, held)
  let ahead = 1
  while (path.isIn(ahead, REACTION)) ahead++
  if (path.is(ahead, 'internal', 'reactions_or_result')) ahead++
  path.advance(ahead)
  // An async function that waits has said so.
  if (callback === '') return SILENT
  return { words: `what is to happen after a promise${callback}`, tellsHeld: true }
}

const promiseResult: Pattern = (path) => {
  if (!path.is(0, 'internal', 'reactions_or_result')) return undefined
  path.advance(1)
  return { holder: { alone: 'the result of a promise' } }
}

const collectionEntry: Pattern = (path) => {
  const ofTable = path.hop(1)
  if (ofTable === undefined || !path.is(1, 'internal', 'table')) return undefined
  const key = path.graph.keyOf(path.next.from, path.next.edge)
  const noun = path.graph.name(ofTable.from)
  path.advance(2)
  return { holder: collection(noun, key === undefined ? undefined : `under the key '${key}'`) }
}

const weakMapEntry: Pattern = (path) => {
  const { name, from } = path.next
  if (!/ part of key .* pair in WeakMap /.test(name)) return undefined
  const key = path.scripts.isClosure(from) ? describeClosure(path, from) : objectOf(path.holder)
  path.advance(1)
  return { words: `a WeakMap, as long as its key lives: ${key}` }
}

function objectOf(type: string): string {
  return type === 'Object' ? 'an object' : withArticle(type)
}

const arrayElement: Pattern = (path) => {
  if (!path.is(0, 'element') || path.holder !== 'Array') return undefined
  path.advance(1)
  return { holder: collection('array') }
}

/** The views of a buffer keep it alive. */
const view: Pattern = (path) => {
  const ahead = path.holder === 'system / PropertyArray' ? 1 : 0
  if (!path.isIn(ahead, 'ArrayBuffer')) return undefined
  path.advance(ahead + 1)
  if (path.is(0, 'internal', 'viewed_array_buffer') || path.is(0, 'internal', 'buffer')) path.advance(1)
  return { holder: { alone: 'a view of its bytes' } }
}

const lease: Pattern = (path) => {
  if (path.holder !== 'HandleLease' || !path.is(0, 'property')) return undefined
  path.advance(1)
  return { holder: { alone: 'a lease that was not given back' } }
}

const gcHandle: Pattern = (path) => {
  if (!path.root.file?.endsWith('gc-handle.js') || !path.is(0, 'property', 'strong')) return undefined
  path.advance(1)
  return { words: "a GCHandle of type 'normal' that was not freed", isEnd: true }
}

const exportsOfCommonJs: Pattern = (path) => {
  if (path.holder !== 'Module' || !path.is(0, 'property', 'exports')) return undefined
  const filename = path.graph.follow(path.next.from, 'property', 'filename')
  path.advance(1)
  const owner = filename === undefined ? 'a module' : path.scripts.describeModule(path.graph.name(filename))
  return { words: `the exports of ${owner}`, isEnd: true }
}

/** A socket, a server, a child process: the event loop keeps it until it is closed. */
const openHandle: Pattern = (path) => {
  if (!path.is(0, 'property', '<symbol owner_symbol>')) return undefined
  const name = path.holder
  path.advance(1)
  return { words: `an open ${name} handle of the event loop`, isEnd: true }
}

const propertyOfFunction: Pattern = (path, held) => {
  const hop = path.next
  if (hop.type !== 'property' || !path.scripts.isClosure(hop.from)) return undefined
  const name = path.graph.name(hop.from)
  const place = path.scripts.placeOf(hop.from)
  const where = place === undefined ? '' : ` (${path.scripts.describe(place)})`
  path.advance(1)
  // The engine does not say what was written with `class`.
  const isClass = /^[A-Z]/.test(name)
  const owner = `${isClass ? 'class' : 'function'} ${name || 'without a name'}${where}`
  const match = named(held, {
    kind: isClass ? 'static' : '',
    word: isClass ? 'field' : 'property',
    name: hop.name,
    owner,
  })
  return { ...match, isEnd: isClass }
}

const globalVariable: Pattern = (path, held) => {
  const hop = path.next
  if (hop.type !== 'property' || path.hop(1) !== undefined || path.root.kind !== 'global') return undefined
  path.advance(1)
  return { ...named(held, { kind: 'global', word: 'variable', name: hop.name, owner: '' }), isEnd: true }
}

const property: Pattern = (path, held) => {
  const hop = path.next
  if (hop.type !== 'property') return undefined
  const owner = objectOf(path.holder)
  path.advance(1)
  return named(held, { kind: '', word: 'property', name: hop.name, owner })
}

const ALL: readonly Pattern[] = [
  emitterListener,
  targetListener,
  timer,
  immediate,
  asyncStore,
  exportedVariable,
  contextVariable,
  suspendedFunction,
  awaitingPromise,
  promiseReaction,
  promiseResult,
  wrappedListener,
  boundValue,
  gcHandle,
  lease,
  view,
  weakMapEntry,
  collectionEntry,
  arrayElement,
  exportsOfCommonJs,
  openHandle,
  globalVariable,
  propertyOfFunction,
  property,
]

/** What the next hops mean. Moves past them. */
export function readNext(path: PathCursor, held: Holder | undefined): Match {
  for (const pattern of ALL) {
    const match = pattern(path, held)
    if (match !== undefined) return match
  }
  // Only the engine knows what this hop is.
  path.advance(1)
  return SILENT
}
