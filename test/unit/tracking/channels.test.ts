import { subscribe as listen, unsubscribe } from 'node:diagnostics_channel'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { FinalizableObject, GC, NativeBuffer, SafeDirectoryHandle } from '../../../lib/index.js'
import { type HandleOpenMessage, tracking } from '../../../lib/tracking/index.js'
import { runChild, runForReport } from '../../support/child.js'
import { FakeHandle } from '../../support/fake-handle.js'

const CHANNELS = [
  'holdfast:handle:open',
  'holdfast:handle:close',
  'holdfast:handle:leak',
  'holdfast:gc:collect',
] as const

let messages: [string, Record<string, unknown>][] = []
const note = (message: unknown, name: string | symbol) => messages.push([String(name), message as never])

beforeEach(() => {
  tracking.level = 'counts'
  messages = []
  for (const name of CHANNELS) listen(name, note)
})
afterEach(() => {
  for (const name of CHANNELS) unsubscribe(name, note)
  tracking.level = 'off'
})

const told = (name: string) => messages.filter(([channel]) => channel === name).map(([, message]) => message)

class Temporary extends FinalizableObject<number> {
  constructor() {
    super(1, () => {})
  }
}

describe.each([
  ['NativeBuffer', 8, () => new NativeBuffer(8)],
  ['FakeHandle', 5, () => new FakeHandle(1, { byteLength: 5 })],
  ['FakeHandle', 0, () => new FakeHandle(1)],
  ['SafeDirectoryHandle', 0, () => SafeDirectoryHandle.open('.')],
  ['Temporary', 0, () => new Temporary()],
] as const)('of a %s with %i bytes', (kind, bytes, open) => {
  it('the channels tell when it is opened and when it is disposed of, once', () => {
    const resource = open()
    const [{ id } = {}] = tracking.snapshot().handles
    expect(messages).toEqual([['holdfast:handle:open', expect.objectContaining({ id, kind, bytes })]])
    resource.dispose()
    resource.dispose()
    expect(told('holdfast:handle:close')).toEqual([{ id, kind, bytes, reason: 'disposed' }])
  })

  it('the channels tell when it was found collected: of the close and of the leak', () => {
    ;(() => void open())()
    const [opened] = told('holdfast:handle:open')
    GC.collect()
    const id = opened?.['id']
    expect(told('holdfast:handle:close')).toEqual([{ id, kind, bytes, reason: 'finalized' }])
    expect(told('holdfast:handle:leak')).toEqual([{ id, kind, bytes, touches: 0 }])
  })
})

describe('the channels', () => {
  it('tell of asynchronous disposal, and of handles that are given away', async () => {
    await new NativeBuffer(2 ** 22).disposeAsync()
    new FakeHandle(1).setHandleAsInvalid()
    new NativeBuffer(1).setHandleAsInvalid()
    expect(told('holdfast:handle:close').map(({ kind, reason }) => [kind, reason])).toEqual([
      ['NativeBuffer', 'disposed'],
      ['FakeHandle', 'disposed'],
      ['NativeBuffer', 'disposed'],
    ])
  })

  it('tell of the close of a handle in use when it happens, not when it was asked for', () => {
    const buffer = new NativeBuffer(8)
    const lease = buffer.lease()
    buffer.dispose()
    expect(told('holdfast:handle:close')).toEqual([])
    lease[Symbol.dispose]()
    expect(told('holdfast:handle:close')).toHaveLength(1)
  })

  it('tell of a transfer as a close here and an open there', () => {
    using _received = NativeBuffer.receive(new NativeBuffer(8).transfer())
    expect(told('holdfast:handle:close')).toEqual([expect.objectContaining({ bytes: 8, reason: 'transferred' })])
    expect(told('holdfast:handle:open')).toHaveLength(2)
  })

  it('tell of collections that are forced, with how long they took', () => {
    GC.collect('minor')
    GC.collect()
    expect(told('holdfast:gc:collect')).toEqual([
      { kind: 'minor', milliseconds: expect.any(Number) },
      { kind: 'major', milliseconds: expect.any(Number) },
    ])
  })

  it('have the stack where the level records it, also when it is read after the handle was disposed of at once', () => {
    tracking.level = 'full'
    let stack: HandleOpenMessage['stack']
    const read = (message: unknown) => {
      stack = (message as HandleOpenMessage).stack
    }
    listen('holdfast:handle:open', read)
    new NativeBuffer(8).dispose()
    unsubscribe('holdfast:handle:open', read)
    expect(stack?.[0]?.file).toContain('channels.test.ts')
  })

  it('have no stack that was not read before the handle was disposed of', () => {
    tracking.level = 'full'
    const opened: HandleOpenMessage[] = []
    const keep = (message: unknown) => void opened.push(message as HandleOpenMessage)
    listen('holdfast:handle:open', keep)
    new NativeBuffer(8).dispose()
    unsubscribe('holdfast:handle:open', keep)
    expect(opened.map(({ stack }) => stack)).toEqual([[]])
  })

  it('tell of a leak with all that is known of the handle', () => {
    tracking.level = 'full'
    ;(() => void new NativeBuffer(8).touch('once'))()
    GC.collect()
    expect(told('holdfast:handle:leak')).toEqual([
      expect.objectContaining({ stack: expect.any(Array), createdAt: expect.any(Number), touches: 1 }),
    ])
  })

  it('are silent at the level off', () => {
    tracking.level = 'off'
    new NativeBuffer(8).dispose()
    new NativeBuffer(8).transfer()
    GC.collect()
    expect(messages).toEqual([])
  })

  it('can be listened to by code that opens and disposes of handles itself', async () => {
    const script = `
      import { subscribe } from 'node:diagnostics_channel'
      import { GC, handleStatistics, NativeBuffer } from 'holdfast'
      import { report } from './test/support/in-child.mjs'
      let depth = 0
      for (const name of ['open', 'close', 'leak']) {
        subscribe('holdfast:handle:' + name, () => {
          if (depth > 1) return
          depth++
          new NativeBuffer(depth).dispose()
          new NativeBuffer(depth)
          GC.collect('minor')
          depth--
        })
      }
      for (let i = 0; i < 3; i++) new NativeBuffer(100)
      GC.collect()
      depth = 9
      GC.collect()
      const { live, opened, disposed, finalized } = handleStatistics()
      report([live, opened > 30, opened === disposed + finalized])
    `
    const env = { HOLDFAST_TRACKING: 'full', NODE_NO_WARNINGS: '1' }
    expect(await runForReport(script, { env })).toEqual([0, true, true])
  })

  it('do not let an error of a listener reach whoever opens or disposes', async () => {
    const script = `
      import { subscribe } from 'node:diagnostics_channel'
      import { liveHandles, NativeBuffer } from 'holdfast'
      import { report } from './test/support/in-child.mjs'
      let thrown = 0
      process.on('uncaughtException', () => thrown++)
      for (const name of ['open', 'close']) subscribe('holdfast:handle:' + name, () => { throw new Error('listener') })
      new NativeBuffer(8).dispose()
      setImmediate(() => report([liveHandles(), thrown]))
    `
    expect(await runForReport(script, { env: { HOLDFAST_TRACKING: 'counts' } })).toEqual([0, 2])
  })

  it('do not tell of handles that the end of the thread closes', async () => {
    const script = `
      import { subscribe } from 'node:diagnostics_channel'
      import { NativeBuffer } from 'holdfast'
      import { Probe } from './test/support/in-child.mjs'
      for (const name of ['close', 'leak']) subscribe('holdfast:handle:' + name, () => console.log(name))
      globalThis.kept = [new NativeBuffer(8), new Probe(1)]
    `
    const { code, stdout } = await runChild(script, { env: { HOLDFAST_TRACKING: 'full' } })
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' })
  })
})
