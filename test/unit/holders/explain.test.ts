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

  it('says so where the runtime writes none', async () => {
    const told = await reportOf(`${IMPORTS}
      Object.defineProperty(process, 'versions', { value: { ...process.versions, bun: '1.3.0' } })
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
