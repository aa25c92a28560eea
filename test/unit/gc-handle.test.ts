import { inspect } from 'node:util'
import { Worker } from 'node:worker_threads'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { GC, GCHandle, handleStatistics, liveHandles, NativeBuffer } from '../../lib/index.js'

const code = (expected: string) => expect.objectContaining({ code: expected })
const INVALID = code('ERR_HOLDFAST_INVALID_OPERATION')
const anything = (value: unknown) => value as never

describe('GCHandle.alloc()', () => {
  it('refers to an object or a function, and is counted until it is freed', () => {
    const target = { name: 'target' }
    const body = () => 1
    const handles = [GCHandle.alloc(target), GCHandle.alloc(body, 'normal'), GCHandle.alloc(target, 'weak')]
    expect(handles.map((handle) => handle.target)).toEqual([target, body, target])
    expect(handles.map((handle) => handle.isAllocated)).toEqual([true, true, true])
    expect(liveHandles('GCHandle')).toBe(3)
    for (const handle of handles) handle.free()
    expect(liveHandles('GCHandle')).toBe(0)
  })

  it('gives each handle a pointer of its own, also two of one target', () => {
    const target = {}
    using first = GCHandle.alloc(target)
    using second = GCHandle.alloc(target)
    expect(first.toPointer()).not.toBe(second.toPointer())
  })

  it.each([[undefined], [null], [1], ['text'], [Symbol('s')], [7n], [true]])('refuses %s for a target', (target) => {
    expect(() => GCHandle.alloc(anything(target))).toThrow(code('ERR_INVALID_ARG_TYPE'))
    expect(() => GCHandle.alloc(anything(target), 'weak')).toThrow(code('ERR_INVALID_ARG_TYPE'))
    expect(liveHandles('GCHandle')).toBe(0)
  })

  it('refuses a type that it does not know', () => {
    expect(() => GCHandle.alloc({}, anything('pinned'))).toThrow(code('ERR_INVALID_ARG_VALUE'))
    expect(() => GCHandle.alloc({}, anything(1))).toThrow(code('ERR_INVALID_ARG_TYPE'))
    expect(liveHandles('GCHandle')).toBe(0)
  })

  it('knows the type of its target', () => {
    using handle = GCHandle.alloc({ port: 80 })
    expectTypeOf(handle.target).toEqualTypeOf<{ port: number } | undefined>()
    expectTypeOf(GCHandle.fromPointer(handle.toPointer()).target).toEqualTypeOf<object | undefined>()
  })
})

describe('a pointer', () => {
  it('leads back to the same handle and its target, through native memory', () => {
    using buffer = new NativeBuffer(64)
    const targets = [{ index: 0 }, { index: 1 }, { index: 2 }]
    const handles = targets.map((target) => GCHandle.alloc(target))
    handles.forEach((handle, index) => void buffer.bytes.writeBigUInt64LE(handle.toPointer(), index * 8))
    GC.collect()
    handles.forEach((handle, index) => {
      const found = GCHandle.fromPointer(buffer.bytes.readBigUInt64LE(index * 8))
      expect(found).toBe(handle)
      expect(found.target).toBe(targets[index])
      // A C library may give it back as a signed number.
      expect(GCHandle.fromPointer(buffer.bytes.readBigInt64LE(index * 8))).toBe(handle)
      handle.free()
    })
  })

  it('is the same on each call, not 0, within 63 bits, and a multiple of 8', () => {
    using handle = GCHandle.alloc({})
    const pointer = handle.toPointer()
    expect(handle.toPointer()).toBe(pointer)
    expect(pointer > 0n && pointer < 2n ** 63n).toBe(true)
    expect(pointer % 8n).toBe(0n)
  })

  it('is never given out again', () => {
    const pointers = new Set<bigint>()
    for (let round = 0; round < 1000; round++) {
      const handle = GCHandle.alloc({})
      pointers.add(handle.toPointer())
      handle.free()
    }
    expect(pointers.size).toBe(1000)
  })

  it('of a freed handle is an error, also when there is a new handle for the same target', () => {
    const target = {}
    const handle = GCHandle.alloc(target)
    const pointer = handle.toPointer()
    handle.free()
    using again = GCHandle.alloc(target)
    expect(() => GCHandle.fromPointer(pointer)).toThrow(INVALID)
    expect(again.target).toBe(target)
  })

  it('that no handle has is an error', () => {
    using handle = GCHandle.alloc({})
    const pointer = handle.toPointer()
    const madeUp = [0n, 1n, 8n, -8n, -pointer, pointer + 1n, pointer + 4n, pointer + 8n, pointer - 2n ** 62n]
    for (const wrong of [
      ...madeUp,
      0x7fff_1234_5678n,
      2n ** 62n,
      pointer + 2n ** 63n,
      pointer + 2n ** 64n,
      2n ** 200n,
    ]) {
      expect(() => GCHandle.fromPointer(wrong), String(wrong)).toThrow(INVALID)
    }
  })

  it.each([[undefined], [null], [8], ['8'], [{}]])('that is %s is a TypeError', (pointer) => {
    expect(() => GCHandle.fromPointer(anything(pointer))).toThrow(code('ERR_INVALID_ARG_TYPE'))
  })

  it('of another thread is an error that says so, whether that thread lives or not', async () => {
    using mine = GCHandle.alloc({})
    const worker = new Worker(
      `
      const { parentPort, workerData } = require('node:worker_threads')
      const codeOf = (body) => { try { body() } catch (error) { return error.code } }
      import('holdfast').then(({ GCHandle, InvalidOperationError }) => {
        globalThis.handle = GCHandle.alloc({})
        const code = codeOf(() => GCHandle.fromPointer(workerData))
        parentPort.postMessage({ pointer: handle.toPointer(), code })
        parentPort.once('message', () => {})
      })`,
      { eval: true, workerData: mine.toPointer() },
    )
    const theirs = await new Promise<{ pointer: bigint; code: string }>((resolve, reject) => {
      worker.once('message', resolve).once('error', reject)
    })
    expect(theirs.code).toBe('ERR_HOLDFAST_WRONG_THREAD')
    expect(theirs.pointer).not.toBe(mine.toPointer())
    const WRONG_THREAD = code('ERR_HOLDFAST_WRONG_THREAD')
    expect(() => GCHandle.fromPointer(theirs.pointer)).toThrow(WRONG_THREAD)
    const ended = new Promise((resolve) => worker.once('exit', resolve))
    worker.postMessage('end')
    await ended
    expect(() => GCHandle.fromPointer(theirs.pointer)).toThrow(WRONG_THREAD)
  })
})

describe('free() and dispose()', () => {
  it('let go of the target: every other member is an error from then on', () => {
    for (const end of ['free', 'dispose'] as const) {
      const handle = GCHandle.alloc({}, end === 'free' ? 'normal' : 'weak')
      handle[end]()
      expect([handle.isAllocated, handle.isDisposed]).toEqual([false, true])
      expect(() => handle.target).toThrow(INVALID)
      expect(() => handle.toPointer()).toThrow(INVALID)
      expect(() => handle.free()).toThrow(INVALID)
      handle.dispose()
      handle[Symbol.dispose]()
    }
    expect(liveHandles('GCHandle')).toBe(0)
  })

  it('count the handle as disposed', () => {
    const before = handleStatistics().kinds['GCHandle']?.disposed ?? 0
    GCHandle.alloc({}).free()
    {
      using _ = GCHandle.alloc({}, 'weak')
    }
    expect(handleStatistics().kinds['GCHandle']?.disposed).toBe(before + 2)
  })
})

describe('lifetime', () => {
  /** Nothing that `make` uses survives in the caller's frame. */
  const away = <T>(make: () => T): T => make()

  it('a normal handle keeps its target alive, a weak one does not', () => {
    const handles = away(() => [GCHandle.alloc({ normal: true }), GCHandle.alloc({ weak: true }, 'weak')])
    GC.collect()
    expect(handles.map((handle) => handle.target)).toEqual([{ normal: true }, undefined])
    for (const handle of handles) handle.free()
  })

  it('a weak handle finds its target as long as something else keeps that', () => {
    const target = { alive: true }
    using handle = GCHandle.alloc(target, 'weak')
    GC.collect()
    expect(handle.target).toBe(target)
    expect(target.alive).toBe(true)
  })

  it('a handle that nobody refers to is freed, its target with it, and its pointer is an error', () => {
    let kept: { target?: object } = {}
    const [pointer, watch] = away(() => {
      kept.target = {}
      return [GCHandle.alloc(kept.target).toPointer(), GCHandle.alloc(kept.target, 'weak')]
    })
    kept = {}
    GC.collect()
    expect(() => GCHandle.fromPointer(pointer)).toThrow(INVALID)
    // The handle is freed when the collection is over, and held its target until then.
    GC.collect()
    expect([watch.target, liveHandles('GCHandle')]).toEqual([undefined, 1])
    watch.free()
  })

  it('a pointer that is looked up does not keep its handle alive longer', () => {
    const pointer = away(() => {
      const handle = GCHandle.alloc({})
      expect(GCHandle.fromPointer(handle.toPointer())).toBe(handle)
      return handle.toPointer()
    })
    GC.collect()
    expect([liveHandles('GCHandle'), () => GCHandle.fromPointer(pointer)]).toEqual([0, expect.any(Function)])
    expect(() => GCHandle.fromPointer(pointer)).toThrow(INVALID)
  })

  it('a normal handle that its own target refers to is never collected, until it is freed', () => {
    const pointer = away(() => {
      const target: { handle?: GCHandle } = {}
      target.handle = GCHandle.alloc(target)
      return target.handle.toPointer()
    })
    GC.collect()
    GC.collect()
    expect(liveHandles('GCHandle')).toBe(1)
    GCHandle.fromPointer(pointer).free()
    expect(liveHandles('GCHandle')).toBe(0)
  })

  it('a handle whose finalizer is suppressed lives until it is freed, found by its pointer', () => {
    const pointer = away(() => {
      const handle = GCHandle.alloc({ alive: true })
      GC.suppressFinalize(handle)
      return handle.toPointer()
    })
    GC.collect()
    GC.collect()
    expect(away(() => GCHandle.fromPointer(pointer).target)).toEqual({ alive: true })
    away(() => GC.reRegisterForFinalize(GCHandle.fromPointer(pointer)))
    GC.collect()
    expect(liveHandles('GCHandle')).toBe(0)
  })
})

describe('util.inspect', () => {
  it('shows kind, type and state, never the target', () => {
    const handle = GCHandle.alloc({ secret: 'hidden' }, 'weak')
    expect(inspect(handle, { depth: 5, showHidden: true })).toBe("GCHandle { type: 'weak', state: 'allocated' }")
    handle.free()
    expect(inspect(handle)).toBe("GCHandle { type: 'weak', state: 'freed' }")
  })
})
