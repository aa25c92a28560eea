// Counts what a process executes of dist/, in each of its threads; node --require, for scripts/coverage.mjs.
//
// NODE_V8_COVERAGE does the same, but a FinalizationRegistry can hang a process under it (nodejs/node#49344), so the
// library uses none there, and a good part of what is to be counted would not run.
const { randomUUID } = require('node:crypto')
const { writeFileSync } = require('node:fs')
const { Session } = require('node:inspector')
const { syncBuiltinESMExports } = require('node:module')
const { join } = require('node:path')
const threads = require('node:worker_threads')

const folder = process.env['HOLDFAST_COVERAGE']
const root = join(__dirname, '..', '..')
/** Of the checkout, or of a copy of the package that a test made. */
const PLACES = [`file://${root}/`, '/node_modules/holdfast/']

const session = new Session()

function ofCheckout(script) {
  const place = PLACES.find((part) => script.url.includes(part))
  if (place === undefined || !script.url.startsWith('file:')) return []
  const path = script.url.slice(script.url.indexOf(place) + place.length).replace(/\?.*/, '')
  const isOurs = path.startsWith('dist/') && !path.startsWith('dist/vendor/')
  if (!isOurs) return []
  return [{ ...script, url: `file://${root}/${path}`, functions: script.functions.filter(isCountedByBlock) }]
}

/** What was compiled before a debugger came is counted by calls afterwards, as if each took every branch. */
function isCountedByBlock({ isBlockCoverage, ranges }) {
  return isBlockCoverage || ranges[0].count === 0
}

/** Counts begin anew with each call. */
function write() {
  session.post('Profiler.takePreciseCoverage', (_error, coverage) => {
    const result = (coverage?.result ?? []).flatMap(ofCheckout)
    if (result.length === 0) return
    try {
      // Not by the number of the process: the suite starts so many that numbers come again.
      writeFileSync(join(folder, `coverage-${randomUUID()}.json`), JSON.stringify({ result }))
    } catch {
      // Descriptors or rights that a test took away.
    }
  })
}

/** Workers with an environment of their own are counted, too. */
function followIntoWorkers() {
  threads.Worker = class Worker extends threads.Worker {
    constructor(filename, options = {}) {
      const { HOLDFAST_COVERAGE, NODE_OPTIONS } = process.env
      const isOwn = typeof options.env === 'object' && options.env !== null && NODE_OPTIONS !== undefined
      super(filename, isOwn ? { ...options, env: { ...options.env, HOLDFAST_COVERAGE, NODE_OPTIONS } } : options)
    }
  }
  syncBuiltinESMExports()
}

/** After all listeners, since some of them are the library's. */
function writeAtExit() {
  const emit = process.emit
  process.emit = function (name, ...args) {
    try {
      return Reflect.apply(emit, this, [name, ...args])
    } finally {
      if (name === 'exit') write()
    }
  }
}

/** Processes of vitest are killed when they have said that they are done. */
function writeWhenStopped() {
  const { send } = process
  if (send === undefined) return
  process.send = function (message, ...args) {
    if (message?.type === 'stopped') write()
    return Reflect.apply(send, this, [message, ...args])
  }
}

/** The library's own threads may be ended as soon as they have given their answer. */
function writeBeforeAnswer() {
  const { parentPort } = threads
  if (!process.argv[1]?.startsWith(join(root, 'dist'))) return
  parentPort.postMessage = function (...args) {
    write()
    return Reflect.apply(Object.getPrototypeOf(this).postMessage, this, args)
  }
}

/** The library attaches one before it writes a heap snapshot, and its end takes away what was counted of blocks. */
function writeBeforeDebugger() {
  const { post } = Session.prototype
  Session.prototype.post = function (method, ...args) {
    if (method === 'Debugger.enable') write()
    return Reflect.apply(post, this, [method, ...args])
  }
}

function start() {
  try {
    session.connect()
  } catch {
    return // The process of node --test that only starts others has no inspector.
  }
  session.post('Profiler.enable')
  session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true })
  writeBeforeDebugger()
  followIntoWorkers()
  writeAtExit()
  writeWhenStopped()
  if (!threads.isMainThread) writeBeforeAnswer()
}

// Tests take the variable away where a program looks at its environment.
if (folder !== undefined) start()
