import { mkdtempSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Retention } from '../../../lib/holders/explain-snapshot.js'
import { describeResult, runChild } from '../../support/child.js'

/** The last line of what a child printed; its warnings are not what is tested here. */
async function reportOf<T>(script: string | URL, env?: Record<string, string>): Promise<T> {
  const result = await runChild(script, env === undefined ? {} : { env })
  const last = result.stdout.trimEnd().split('\n').at(-1) ?? ''
  if (result.code !== 0 || last === '') throw new Error(describeResult(result))
  return JSON.parse(last) as T
}

describe('what holds a handle', () => {
  let told: Record<string, Retention>
  const heldBy = (label: string) => told[label]?.heldBy

  beforeAll(async () => {
    told = await reportOf(new URL('./fixtures/all-holders.mjs', import.meta.url))
  })

  it.each([
    ['module-level variable', 'the module-level variable `single` of all-holders.mjs'],
    ['module-level map', "the module-level Map `map` of all-holders.mjs (under the key 'user:1')"],
    ['module-level set', 'the module-level Set `set` of all-holders.mjs'],
    ['module-level array', 'the module-level array `list` of all-holders.mjs'],
    ['exported map', "the module-level Map `exportedCache` of exporting-module.mjs (under the key 'key')"],
    ['CommonJS variable', 'the module-level Set `cache` of common-module.cjs'],
    ['global', 'the global variable `leakyGlobal`'],
  ])('names a variable that the program can see: %s', (label, words) => expect(heldBy(label)).toBe(words))

  it.each([
    ['static map', /^the static Map `all` of class Registry \(all-holders\.mjs:\d+\)$/],
    ['private static array', /^the static array `#hidden` of class Registry \(all-holders\.mjs:\d+\)$/],
    [
      'property',
      /^the property `buffer` of a Session, which is held by the module-level Map `sessions` of .* \(under the key 'a'\)$/,
    ],
  ])('names the class that has the field: %s', (label, words) => expect(heldBy(label)).toMatch(words))

  it.each([
    [
      'listener',
      /^the listeners of event 'data' \(onData at all-holders\.mjs:\d+\) of a Bus, .*`bus` of all-holders\.mjs$/,
    ],
    ['one of many listeners', /^the listeners of event 'many' \(second at all-holders\.mjs:\d+\) of a Bus, .*`bus`/],
    ['once', /^the listeners of event 'end' \(onEnd at all-holders\.mjs:\d+\) of a Bus, .*`bus`/],
    ['subscription', /^the listeners of event 'tick' \(onTick at all-holders\.mjs:\d+\) of a Bus, .*`bus`/],
    [
      'event target',
      /^the listeners of event 'change' \(onChange at all-holders\.mjs:\d+\) of an EventTarget, .*`target`/,
    ],
    [
      'abort signal',
      /^the listeners of event 'abort' \(onAbort at all-holders\.mjs:\d+\) of an .*AbortController, .*`controller`/,
    ],
    ['server', /^the listeners of event 'connection' \(serve at all-holders\.mjs:\d+\) of a Server, .*`server`/],
    ['process listener', /^the listeners of event 'exit' \(atExit at all-holders\.mjs:\d+\) of the process$/],
  ])('names event, listener and emitter, and where that is held: %s', (label, words) =>
    expect(heldBy(label)).toMatch(words),
  )

  it.each([
    ['timeout', /^a pending timer \(.*callback later at all-holders\.mjs:\d+\)$/],
    ['interval', /^a pending timer \(.*callback tick at all-holders\.mjs:\d+\)$/],
    ['timer argument', /^the arguments of a pending timer \(.*callback withArgument at all-holders\.mjs:\d+\)$/],
    [
      'async store',
      /`request` of an object, .*the store of an AsyncLocalStorage, in effect for a pending timer \(.*inRequest at/,
    ],
  ])('says of which timer it is: %s', (label, words) => expect(heldBy(label)).toMatch(words))

  it.each([
    ['closure', /^a closure of function getIt at all-holders\.mjs:\d+ \(it has captured `captured`\), .*`getter`/],
    [
      'variable of a block',
      /^a closure of function getEither at all-holders\.mjs:\d+ \(it has captured `inBlock`\), .*`getFromBlock`/,
    ],
    ['bound this', /^`this` of a bound function \(act at all-holders\.mjs:\d+\), .*`bound`/],
    ['async function', /^a local variable of the async function worker at .* \(it waits for a promise\), .*`never`/],
    ['generator', /^a local variable of the suspended function generate at all-holders\.mjs:\d+, .*`generator`/],
    ['promise reaction', /^what is to happen after a promise \(settled at all-holders\.mjs:\d+\), .*`never`/],
  ])('names the function that has captured it: %s', (label, words) => expect(heldBy(label)).toMatch(words))

  it.each([
    ['own finalizer state', 'its own finalizer state, which refers back to it (`state.log.owner`)'],
    ['own finalizer', /^its own finalizer, a closure of function cleanUp at all-holders\.mjs:\d+ .* in `self`$/],
    ["another's finalizer state", 'the finalizer state of an Owner (`state.inner`)'],
    [
      'finalizer state and more',
      /^the module-level variable `finalizing` of .*; and its own finalizer state, which refers back/,
    ],
  ])('tells of finalizers that keep it from being collected: %s', (label, words) =>
    expect(heldBy(label)).toEqual(typeof words === 'string' ? words : expect.stringMatching(words)),
  )

  it.each([
    ['lease', /^a lease that was not given back, .*`lease`/],
    ['view', /^a view of its bytes, .*`view`/],
    ['GCHandle', "a GCHandle of type 'normal' that was not freed"],
    ['weak map', /^a WeakMap, as long as its key lives: an object, .*`key`/],
  ])('knows what holds handles by design: %s', (label, words) =>
    expect(heldBy(label)).toEqual(typeof words === 'string' ? words : expect.stringMatching(words)),
  )

  it('blames no weak reference', () => {
    expect(heldBy('only weakly held')).toBe('only a local variable of a running function')
  })

  it('has the objects on the way, from the outermost to the handle', () => {
    const path = told['property']?.path ?? []
    expect(path.slice(-2)).toMatchObject([{ object: 'Session' }, { edge: 'buffer', object: 'NativeBuffer' }])
    expect(path.find(({ object }) => object === 'Session')).toMatchObject({
      file: fileURLToPath(new URL('./fixtures/all-holders.mjs', import.meta.url)),
      line: expect.any(Number),
      column: expect.any(Number),
    })
    expect(path[0]?.edge).toBe('')
  })
})

describe('what holds a handle, where there are no names, or unusual ones', () => {
  let told: Record<string, Retention>
  const heldBy = (label: string) => told[label]?.heldBy

  beforeAll(async () => {
    told = await reportOf(new URL('./fixtures/unusual-holders.mjs', import.meta.url))
  })

  it.each([
    ['arrow', /^a closure at unusual-holders\.mjs:\d+ \(it has captured `captured`\), .*`arrow`/],
    [
      'target of a bound function',
      /^a closure of function act at .* \(it has captured `captured`\), .*`boundCapturing`/,
    ],
    [
      'variable of a function of a module without variables',
      /^a closure at module-without-variables\.cjs:\d+ \(it has captured `inFunction`\), .*`holding`/,
    ],
    ['one of many variables', /^a closure of function getAll, which is held by the module-level variable/],
    ['bound argument', /^an argument of a bound function \(act at unusual-holders\.mjs:\d+\), .*`withArgument`/],
    ['argument of a bound bound function', /^an argument of a bound function \(act at .*`doublyBound`/],
    ['bound function of the engine', /^`this` of a bound function \(max\), .*`builtinBound`/],
    ['evaluated bound function', /^`this` of a bound function, .*`evaluatedBound`/],
    ['evaluated arrow', 'the module-level variable `captured` of a module'],
  ])('says of a function what is known of it: %s', (label, words) => expect(heldBy(label)).toMatch(words))

  it.each([
    ['variable of an async function', /^the variable `shared` of the async function sharing at .*`never`/],
    ['block of an async function', /^the variable `inBlock` of the async function blocks at .*`never`/],
    [
      'async generator',
      /^a local variable of the suspended function produce at unusual-holders\.mjs:\d+, .*`producer`/,
    ],
    ['result of a promise', /^the result of a promise, .*`resolved`/],
  ])('names what waits: %s', (label, words) => expect(heldBy(label)).toMatch(words))

  it.each([
    ['property of a function', /^the Map `cache` of function remembering \(.*:\d+\) \(under the key 'a'\)/],
    ['property of a function without a name', /^the property `kept` of function without a name \(.*:\d+\), /],
    ['property of a function of the engine', /^the property `kept` of function max, /],
    ['property of a class called Listener', /^the property `listener` of a Listener, .*`listener`/],
    ['symbol property', /^the property `<symbol secret>` of an object, .*`bySymbol`/],
    ['property of a timer', /^the property `extra` of a Timeout, which is held by a pending timer$/],
  ])('names the property, and whose it is: %s', (label, words) => expect(heldBy(label)).toMatch(words))

  it.each([
    [
      'symbol event',
      /^the listeners of event Symbol\(unnamed\) \(unusual-holders\.mjs:\d+\) of an EventEmitter, .*`bus`/,
    ],
    ['listener of a class without a name', /^the listeners of event 'data' \(.*\) of an EventEmitter, .*`anonymous`/],
    [
      'bound listener',
      /^the listeners of event 'bound' \(act at unusual-holders\.mjs:\d+\) of an EventEmitter, .*`bus`/,
    ],
    [
      'listener that is an object',
      /`kept` of an object, .*the listeners of event 'change' of an EventTarget, .*`target`/,
    ],
    [
      'concatenated event',
      /`kept` of an object, which is held by the listeners of (event '.*' of )?an EventTarget, .*`target`/,
    ],
  ])('names the event as far as it has a name: %s', (label, words) => expect(heldBy(label)).toMatch(words))

  it.each([
    ['weak map by an instance', /lives: a Key, .*`instanceKey`/],
    ['weak map by a function', /lives: a closure of function functionKey at unusual-holders\.mjs:\d+, .*`functionKey`/],
    ['weak map by a function without a name', /lives: a closure at unusual-holders\.mjs:\d+, .*`arrowKey`/],
    ['weak map by an object without a class', /lives: an object, .*`nothingKey`/],
  ])('says whose life the entry of a WeakMap depends on: %s', (label, words) => expect(heldBy(label)).toMatch(words))

  it.each([
    ['immediate', /^an immediate \(soon at unusual-holders\.mjs:\d+\)$/],
    ['timer with a function of the engine', /^the arguments of a pending timer \(.*, callback max\)$/],
    ['forgotten server', /^the property `extra` of a Server, which is held by an open TCP handle of the event loop$/],
    ['replaced exports', /^the property `replaced` of an object, which is held by the exports of unusual-module\.cjs$/],
    ['import.meta', /^the property `kept` of an object, which is held by the module unusual-holders\.mjs$/],
  ])('ends with what the program or the event loop has by itself: %s', (label, words) =>
    expect(heldBy(label)).toMatch(words),
  )

  // From Node 24 on, promises have no store of their own, and cleared timers no arguments: the fixture holds them.
  it.each([
    ['store of a promise', /`request` of an object, .*the store of an AsyncLocalStorage/],
    ['cleared timer', /^the arguments of a timer, which is held by the module-level variable `cleared` of .*$/],
  ])('says what older versions of Node hold, and no later one: %s', (label, words) => {
    const isLater = Number.parseInt(process.versions.node, 10) >= 24
    expect(heldBy(label)).toMatch(isLater ? /^only a local variable of a running function$/ : words)
  })

  it.each([
    ['state with a list', 'its own finalizer state, which refers back to it (`state.list[0][0]`)'],
    ['state with a closure', /^its own finalizer state, which refers back to it \(`state\.callback … \w+`\)$/],
    ['state with a symbol', 'its own finalizer state, which refers back to it (`state[Symbol(mark)]`)'],
    ['bound finalizer', /^its own finalizer, a closure of function cleanUp at .* that has captured it$/],
    ["another's finalizer", /^the finalizer of an Owner, a closure of function cleanUp at .* captured it, in `held`$/],
    ['state of a class without a name', 'the finalizer state of a handle (`state.inner`)'],
  ])('says how a finalizer gets there: %s', (label, words) =>
    expect(heldBy(label)).toEqual(typeof words === 'string' ? words : expect.stringMatching(words)),
  )

  it('says no more than four holders, and shortens names that are long', () => {
    expect(heldBy('deep')?.split(', which is held by ')).toHaveLength(4)
    const objects = (told['long class']?.path ?? []).map(({ object }) => object)
    expect(objects).toContainEqual(expect.stringMatching(/^x{80}…$/))
  })
})

const IMPORTS = `
  import { NativeBuffer } from 'holdfast'
  import { tracking } from 'holdfast/tracking'
  const { explain } = tracking
  import { report } from './test/support/in-child.mjs'
  const outcome = (promise) => promise.then((value) => value, ({ name, code }) => ({ name, code }))
`

describe('explain', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'holdfast-explain-'))
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  it('prefers what holds the handle for good to the variables of its caller', async () => {
    const told = await reportOf<Retention[]>(`${IMPORTS}
      const cache = new Set()
      export const size = () => cache.size
      async function check() {
        const kept = new NativeBuffer(8)
        cache.add(kept)
        return [await explain(kept), await explain(new NativeBuffer(8))]
      }
      report(await check())`)
    expect(told.map(({ heldBy }) => heldBy)).toEqual([
      expect.stringContaining('the module-level Set `cache`'),
      'only a local variable of a running function',
    ])
  })

  it('explains handles of which stacks were captured as well', async () => {
    const script = `${IMPORTS}
      const handle = (() => new NativeBuffer(8))()
      report(await explain(handle))`
    const { heldBy } = await reportOf<Retention>(script, { HOLDFAST_TRACKING: 'full' })
    expect(heldBy).toBe('only a local variable of a running function')
  })

  it('leaves no file behind', async () => {
    await reportOf(`${IMPORTS} report(await explain(new NativeBuffer(8)))`, { TMPDIR: folder })
    expect(readdirSync(folder)).toEqual([])
  })

  it('takes nothing but handles', async () => {
    const told = await reportOf(`${IMPORTS}
      report(await Promise.all([{}, undefined, 'a', () => 1].map((value) => outcome(explain(value)))))`)
    expect(told).toEqual(Array(4).fill({ name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' }))
  })

  it('says so where the snapshot cannot be written', async () => {
    const script = `${IMPORTS} report(await outcome(explain(new NativeBuffer(8))))`
    const told = await reportOf(script, { TMPDIR: join(folder, 'missing') })
    expect(told).toEqual({ name: 'InvalidOperationError', code: 'ERR_HOLDFAST_INVALID_OPERATION' })
  })

  it.each([
    ['where Bun writes none', { bun: '1.3.0' }, ''],
    ['where Deno writes none', { deno: '2.0.0' }, "throw new Error('not implemented')"],
    ['where there is no room for it', {}, "throw new Error('ENOSPC')"],
    ['where it cannot be read', {}, "writeFileSync(path, 'cut off')"],
  ])('says so %s', async (_, versions, write) => {
    const told = await reportOf(`
      import { writeFileSync } from 'node:fs'
      import { syncBuiltinESMExports } from 'node:module'
      import v8 from 'node:v8'
      ${IMPORTS}
      const versions = { ...process.versions, ...${JSON.stringify(versions)} }
      Object.defineProperty(process, 'versions', { value: versions })
      v8.writeHeapSnapshot = (path) => { ${write} }
      syncBuiltinESMExports()
      report(await outcome(explain(new NativeBuffer(8))))`)
    expect(told).toEqual({ name: 'InvalidOperationError', code: 'ERR_HOLDFAST_INVALID_OPERATION' })
  })

  it('rejects snapshots that are cut off, foreign, or without labels', async () => {
    const [whole, cut, foreign] = ['whole', 'cut', 'foreign'].map((name) => join(folder, name)) as [
      string,
      string,
      string,
    ]
    writeFileSync(foreign, 'not a snapshot')
    await reportOf(`
      import { writeHeapSnapshot } from 'node:v8'
      import { report } from './test/support/in-child.mjs'
      report([writeHeapSnapshot(${JSON.stringify(whole)}), writeHeapSnapshot(${JSON.stringify(cut)})])`)
    truncateSync(cut, 1_000_000)
    const { explainSnapshot } = await import('../../../lib/holders/explain-snapshot.js')
    await expect(explainSnapshot(whole)).rejects.toThrow(/labels/)
    await expect(explainSnapshot(cut)).rejects.toThrow(/cut off/)
    await expect(explainSnapshot(foreign)).rejects.toThrow(/cut off/)
    await expect(explainSnapshot(join(folder, 'missing'))).rejects.toThrow(/ENOENT/)
  })
})
