import { EventEmitter, once } from 'node:events'
import { setImmediate, setTimeout } from 'node:timers/promises'
import { GC, HandleLeakError, NativeArena, NativeBuffer } from 'holdfast'
import { expectNoLiveHandles, trackHandles, withHandleTracking, withoutHandleTracking } from 'holdfast/testing'
import { tracking } from 'holdfast/tracking'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { runForReport } from '../../support/child.js'

const kept: Disposable[] = []

function keep<T extends Disposable>(handle: T): T {
  kept.push(handle)
  return handle
}

function drop(): void {
  new NativeBuffer(16)
}

const anything = (value: unknown) => value as never
const code = (code: string) => expect.objectContaining({ code })
const leak = code('ERR_HOLDFAST_LEAK')

beforeEach(() => {
  tracking.level = 'full'
})

afterEach(() => {
  for (const handle of kept.splice(0)) handle[Symbol.dispose]()
  tracking.level = 'off'
})

describe('trackHandles', () => {
  it('counts what is opened, knows what is open, and is content once that is disposed', () => {
    using before = new NativeBuffer(8)
    const handles = trackHandles()
    const buffer = new NativeBuffer(16)
    new NativeBuffer(32).dispose()
    expect([handles.opened, handles.live]).toMatchObject([2, [{ kind: 'NativeBuffer', bytes: 16 }]])
    expect(() => handles.assertNone()).toThrow(leak)
    buffer.dispose()
    handles.assertNone()
    handles[Symbol.dispose]()
    expect([handles.opened, handles.live, before.isDisposed]).toEqual([2, [], false])
  })

  it('throws a HandleLeakError with the handles at the end of its block, once, and then sees no more', () => {
    const handles = trackHandles()
    const buffer = keep(new NativeBuffer(2 ** 20))
    let error: unknown
    try {
      handles[Symbol.dispose]()
    } catch (thrown) {
      error = thrown
    }
    expect(error).toBeInstanceOf(HandleLeakError)
    expect((error as HandleLeakError).leaks).toMatchObject([{ kind: 'NativeBuffer', bytes: 2 ** 20 }])
    handles[Symbol.dispose]()
    keep(new NativeBuffer(16))
    expect(handles.opened).toBe(1)
    buffer.dispose()
    expect(handles.live).toEqual([])
  })

  it('says what was opened where, relative to the working directory, and what to do', () => {
    const handles = trackHandles()
    for (let i = 0; i < 3; i++) keep(new NativeBuffer(1024))
    const place = 'test/unit/testing/handle-scope.test.ts:\\d+:\\d+'
    expect(() => handles[Symbol.dispose]()).toThrow(
      new RegExp(`^3 of kind \`NativeBuffer\`, 3 KiB in all, were opened at ${place} and never disposed; .*using`),
    )
  })

  it('has a sentence for each place', () => {
    const handles = trackHandles()
    keep(new NativeBuffer(16))
    keep(new NativeBuffer(16))
    keep(new NativeArena())
    let message = ''
    try {
      handles[Symbol.dispose]()
    } catch (error) {
      message = (error as Error).message
    }
    expect(message.split('\n')).toHaveLength(3)
    expect(message).toContain('A `NativeArena` ')
  })

  it('tells of a handle that was collected without having been disposed of, and does not take it for left', () => {
    using handles = trackHandles()
    drop()
    expect(() => handles.assertNone()).toThrow(leak)
    GC.collect()
    expect([handles.live, handles.collected]).toMatchObject([[], [{ kind: 'NativeBuffer', bytes: 16 }]])
    handles.assertNone()
  })

  it('knows nothing of a handle that was opened before, also when that is collected', () => {
    drop()
    using handles = trackHandles()
    GC.collect()
    expect([handles.opened, handles.collected]).toEqual([0, []])
  })

  it('is content with a handle that was given to another thread', () => {
    using handles = trackHandles()
    const transfer = new NativeBuffer(16).transfer()
    expect(handles.live).toEqual([])
    using received = NativeBuffer.receive(transfer)
    expect([handles.opened, handles.live.length, received.byteLength]).toEqual([2, 1, 16])
  })

  it('looks only at the kinds that it is to look at', () => {
    using onlyArenas = trackHandles({ kinds: ['NativeArena'] })
    using noBuffers = trackHandles({ ignore: ['NativeBuffer'] })
    keep(new NativeBuffer(16))
    expect([onlyArenas.opened, noBuffers.opened]).toEqual([0, 0])
    using _ = new NativeArena()
    expect([onlyArenas.opened, noBuffers.opened]).toEqual([1, 1])
  })

  it('knows no more of handles whose end was not told, because the level was off', () => {
    using handles = trackHandles()
    const buffer = new NativeBuffer(16)
    tracking.level = 'off'
    buffer.dispose()
    expect(handles.live).toEqual([])
  })

  it.each([
    [null, 'ERR_INVALID_ARG_TYPE'],
    ['NativeBuffer', 'ERR_INVALID_ARG_TYPE'],
    [{ ignore: 'NativeBuffer' }, 'ERR_INVALID_ARG_TYPE'],
    [{ kinds: [NativeBuffer] }, 'ERR_INVALID_ARG_TYPE'],
    [{ ignored: ['NativeBuffer'] }, 'ERR_INVALID_ARG_VALUE'],
  ])('refuses bad options: %j', (options, expected) => {
    for (const call of [
      () => trackHandles(anything(options)),
      () => expectNoLiveHandles(anything(options)),
      () => withHandleTracking(() => {}, anything(options)),
    ]) {
      expect(call).toThrow(code(expected))
    }
  })

  it('names the options there are, where it refuses one', () => {
    expect(() => trackHandles(anything({ ignored: [] }))).toThrow("'ignore', 'kinds'")
  })
})

describe('settle', () => {
  it('waits for what is disposed of a little later', async () => {
    using handles = trackHandles()
    for (const later of [setImmediate(), setTimeout(5)]) {
      const buffer = new NativeBuffer(16)
      void later.then(() => buffer.dispose())
    }
    expect(handles.live).toHaveLength(2)
    await handles.settle()
    expect(handles.live).toEqual([])
  })

  it('never complains, and does not wait for ever', async () => {
    using handles = trackHandles()
    const buffer = new NativeBuffer(16)
    await handles.settle()
    expect(handles.live).toHaveLength(1)
    buffer.dispose()
  })
})

describe('withHandleTracking', () => {
  it('returns what the function returns, and gives it the scope', () => {
    const opened = withHandleTracking((handles) => {
      new NativeBuffer(16).dispose()
      return handles.opened
    })
    expect(opened).toBe(1)
  })

  it('throws when a handle is left, and also when it is what the function returns', () => {
    expect(() => withHandleTracking(() => keep(new NativeBuffer(16)))).toThrow(leak)
  })

  it('of a function that returns a promise rejects, and resolves', async () => {
    const work = async (body: () => void) => {
      await setImmediate()
      body()
      return 'done'
    }
    await expect(withHandleTracking(() => work(() => keep(new NativeBuffer(16))))).rejects.toThrow(leak)
    expect(await withHandleTracking(() => work(() => new NativeBuffer(16).dispose()))).toBe('done')
  })

  it('waits for a handle that is disposed of after the promise has settled', async () => {
    await withHandleTracking(async () => {
      const buffer = new NativeBuffer(16)
      void setTimeout(3).then(() => buffer.dispose())
    })
  })

  it('throws what the function throws, whatever it has left', async () => {
    const fail = () => {
      keep(new NativeBuffer(16))
      throw new RangeError('its own')
    }
    expect(() => withHandleTracking(fail)).toThrow(RangeError)
    await expect(withHandleTracking(async () => fail())).rejects.toThrow(RangeError)
  })

  it('blames nobody for what another one opens at the same time', async () => {
    const left = withHandleTracking(async () => {
      await setTimeout(5)
      keep(new NativeBuffer(16))
      await setTimeout(5)
    })
    const clean = withHandleTracking(async (handles) => {
      for (let i = 0; i < 10; i++) {
        using _ = new NativeBuffer(16)
        await setTimeout(1)
      }
      return handles.opened
    })
    await expect(left).rejects.toThrow(leak)
    expect(await clean).toBe(10)
  })

  it('sees what something opens that ran before, while nobody else could be meant', async () => {
    const requests = new EventEmitter()
    const served = once(requests, 'request').then(() => keep(new NativeBuffer(16)))
    const request = withHandleTracking(async () => {
      requests.emit('request')
      await served
    })
    await expect(request).rejects.toThrow(leak)
  })

  it('wants a function', () => {
    expect(() => withHandleTracking(anything('body'))).toThrow(code('ERR_INVALID_ARG_TYPE'))
    expect(() => withoutHandleTracking(anything('body'))).toThrow(code('ERR_INVALID_ARG_TYPE'))
  })
})

it('withoutHandleTracking makes handles that no scope counts', async () => {
  const buffer = await withHandleTracking(async () => withoutHandleTracking(() => keep(new NativeBuffer(16))))
  using handles = trackHandles()
  expect(withoutHandleTracking(() => new NativeBuffer(16)).dispose()).toBeUndefined()
  expect([handles.opened, buffer.isDisposed]).toEqual([0, false])
})

it('withoutHandleTracking hides nothing from a scope that is opened within', () => {
  withoutHandleTracking(() => {
    expect(() => withHandleTracking(() => keep(new NativeBuffer(16)))).toThrow(leak)
    using handles = trackHandles()
    new NativeBuffer(16).dispose()
    expect(handles.opened).toBe(0)
    withHandleTracking(() => new NativeBuffer(16).dispose())
    expect(handles.opened).toBe(1)
  })
})

describe('expectNoLiveHandles', () => {
  it('throws while a handle is open, and says which', () => {
    expectNoLiveHandles()
    const buffer = new NativeBuffer(16)
    expect(() => expectNoLiveHandles()).toThrow(/`NativeBuffer` of 16 bytes was opened at .* and is still open/)
    expectNoLiveHandles({ ignore: ['NativeBuffer'] })
    buffer.dispose()
    expectNoLiveHandles()
  })
})

describe('the level', () => {
  const script = (body: string) => `
    import { NativeBuffer } from 'holdfast'
    import { trackHandles } from 'holdfast/testing'
    import { tracking } from 'holdfast/tracking'
    import { report } from './test/support/in-child.mjs'
    ${body}`

  it('is full while somebody looks, and put back afterwards', async () => {
    const body = `
      const levels = [tracking.level]
      const outer = trackHandles(), inner = trackHandles()
      levels.push(tracking.level)
      inner.dispose()
      levels.push(tracking.level)
      outer.dispose()
      report([...levels, tracking.level])`
    const levels = await runForReport(script(body), { env: { HOLDFAST_TRACKING: undefined } })
    expect(levels).toEqual(['counts', 'full', 'full', 'counts'])
  })

  it('stays what the program has set meanwhile', async () => {
    const body = `
      const handles = trackHandles()
      tracking.level = 'sampled'
      handles.dispose()
      report(tracking.level)`
    expect(await runForReport(script(body), { env: { HOLDFAST_TRACKING: undefined } })).toBe('sampled')
  })

  it.each([
    ['off', 'counts'],
    ['counts', 'counts'],
    ['full', 'full'],
  ])('that the environment gives is kept, as far as handles are seen with it: %s', async (given, during) => {
    const body = `
      const handles = trackHandles()
      const buffer = new NativeBuffer(8)
      const seen = [tracking.level, handles.opened, handles.live.length]
      buffer.dispose()
      handles.dispose()
      report([...seen, tracking.level])`
    expect(await runForReport(script(body), { env: { HOLDFAST_TRACKING: given } })).toEqual([during, 1, 1, given])
  })
})
