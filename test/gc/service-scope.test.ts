import { expect, it } from 'vitest'
import { describeResult, runChild } from '../support/child.js'

// Scopes that nobody disposed of, in a process where the collector can be asked.

const PROLOGUE = `
import { GC, liveHandles, handleStatistics, NativeBuffer } from 'holdfast'
import { createToken, ServiceCollection, ServiceProvider } from 'holdfast/hosting'
const log = []
class Session { [Symbol.dispose]() { log.push('session') } }
class Store {
  static inject = [Session, ServiceProvider]
  constructor(session, services) { this.services = services }
  [Symbol.dispose]() { log.push('store') }
}
class Slow { async [Symbol.asyncDispose]() { await undefined; log.push('slow') } }
const Memory = createToken('Memory')
const services = new ServiceCollection().addScoped(Session).addScoped(Store).addScoped(Slow)
  .addScoped(Memory, () => new NativeBuffer(4096))
const collect = () => { GC.collect(); GC.collect() }
`

async function output(script: string, env: Record<string, string> = {}): Promise<unknown[]> {
  const result = await runChild(PROLOGUE + script, { execArgv: ['--expose-gc'], env })
  expect([result.code, result.stderr], describeResult(result)).toEqual([0, ''])
  return JSON.parse(result.stdout)
}

it('a forgotten scope is disposed of in order, also when its services hold its provider', async () => {
  const script = `
const provider = services.build();
(() => provider.createScope().get(Store))()
const before = liveHandles('ServiceScope')
collect()
const { disposed, finalized } = handleStatistics().kinds.ServiceScope
console.log(JSON.stringify([before, liveHandles('ServiceScope'), finalized, log]))`
  expect(await output(script)).toEqual([1, 0, 1, ['store', 'session']])
})

it('its native memory is released, and its asynchronous services as well', async () => {
  const script = `
const provider = services.build();
(() => { const scope = provider.createScope(); scope.get(Memory); scope.get(Slow) })()
collect()
await new Promise(setImmediate)
console.log(JSON.stringify([liveHandles(), log]))`
  expect(await output(script)).toEqual([0, ['slow']])
})

it('scopes dropped in a loop that never yields do not pile up', async () => {
  const script = `
const provider = services.build()
let peak = 0
for (let round = 0; round < 20000; round++) {
  provider.createScope().get(Memory)
  peak = Math.max(peak, liveHandles('ServiceScope'))
}
collect()
console.log(JSON.stringify([peak < 15000, liveHandles()]))`
  expect(await output(script)).toEqual([true, 0])
})

it('a scope is not forgotten while work that it tracks goes on, nor while it is the current one', async () => {
  const script = `
const provider = services.build()
let finish
const gate = new Promise((resolve) => { finish = resolve });
(() => { const scope = provider.createScope(); scope.get(Session); scope.services.track(gate) })()
const run = provider.run(async (services) => { services.get(Session); await gate })
collect()
await new Promise(setImmediate)
collect()
const during = [liveHandles('ServiceScope'), [...log]]
finish()
await run
await new Promise(setImmediate)
collect()
console.log(JSON.stringify([during, liveHandles('ServiceScope'), log]))`
  expect(await output(script)).toEqual([[2, []], 0, ['session', 'session']])
})

it('a scope is not forgotten while it is being disposed of', async () => {
  const script = `
let finish
const gate = new Promise((resolve) => { finish = resolve })
const Gated = createToken('Gated')
const provider = services.addScoped(Gated, () => ({ [Symbol.asyncDispose]: () => gate })).build();
(() => { const scope = provider.createAsyncScope(); scope.get(Gated); void scope.disposeAsync() })()
collect()
await new Promise(setImmediate)
collect()
const during = liveHandles('ServiceScope')
finish()
await new Promise(setImmediate)
const { disposed, finalized } = handleStatistics().kinds.ServiceScope
console.log(JSON.stringify([during, disposed, finalized]))`
  expect(await output(script)).toEqual([1, 1, 0])
})

it('the provider’s disposal waits for that of a forgotten scope, and forgets none itself', async () => {
  const script = `
let finish, finishGated
const gate = new Promise((resolve) => { finish = resolve })
const gatedGate = new Promise((resolve) => { finishGated = resolve })
const [Single, Gated, Other] = ['Single', 'Gated', 'Other'].map(createToken)
const note = (name, wait) => ({ async [Symbol.asyncDispose]() { await wait; log.push(name) } })
const provider = services.addSingleton(Single, () => note('single'))
  .addScoped(Gated, (sp) => { sp.get(Single); return note('gated', gatedGate) })
  .addScoped(Other, () => note('other', gate)).build();
(() => provider.createScope().get(Gated))()
collect();
(() => provider.createScope().get(Other))()
const disposal = provider.disposeAsync()
collect()
await new Promise(setImmediate)
collect()
finish()
await new Promise(setImmediate)
finishGated()
await disposal
const { finalized } = handleStatistics().kinds.ServiceScope
console.log(JSON.stringify([log, finalized, liveHandles()]))`
  expect(await output(script)).toEqual([['other', 'gated', 'single'], 1, 0])
})

it('a forgotten provider takes nothing along but itself: its scopes go with their own', async () => {
  const script = `
(() => { const provider = services.build(); provider.createScope().get(Session); provider.createScope() })()
collect()
collect()
console.log(JSON.stringify([liveHandles(), log]))`
  expect(await output(script)).toEqual([0, ['session']])
})

it('the report names the place that opened the scope', async () => {
  const script = `${PROLOGUE}
const provider = services.build()
function openScope() { provider.createScope().get(Session) }
openScope()
collect()`
  const result = await runChild(script, { execArgv: ['--expose-gc'], env: { HOLDFAST_TRACKING: 'full' } })
  expect(result.code, describeResult(result)).toBe(0)
  expect(result.stderr).toMatch(/HOLDFAST_LEAK.*kind ServiceScope was collected.*opened at openScope/s)
})

it('what a disposer of a forgotten scope throws is a process warning', async () => {
  const script = `${PROLOGUE}
const Broken = createToken('Broken')
const provider = services.addScoped(Broken, () => ({ [Symbol.dispose]() { throw new Error('broken') } }))
  .addTransient(Broken, () => ({ async [Symbol.asyncDispose]() { throw new Error('broken later') } })).build();
(() => provider.createScope().getAll(Broken))()
collect()
await new Promise(setImmediate)`
  const result = await runChild(script, { execArgv: ['--expose-gc'] })
  expect(result.code, describeResult(result)).toBe(0)
  expect(result.stderr.match(/HOLDFAST_RELEASE.*broken.*/g)).toHaveLength(2)
})

it('at the end of the process open scopes are disposed of, newest first', async () => {
  const script = `${PROLOGUE}
globalThis.provider = services.build()
globalThis.scopes = [provider.createScope(), provider.createScope()]
scopes[0].get(Session)
scopes[1].get(Store)
process.once('exit', () => console.log(JSON.stringify([log, liveHandles()])))`
  const result = await runChild(script)
  expect([result.code, result.stderr], describeResult(result)).toEqual([0, ''])
  expect(JSON.parse(result.stdout)).toEqual([['store', 'session', 'session'], 0])
})
