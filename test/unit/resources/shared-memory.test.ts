import { constants } from 'node:buffer'
import { readdirSync, readFileSync, truncateSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { handleStatistics, liveHandles, SharedMemory } from '../../../lib/index.js'
import { moveMemory } from '../../support/move-memory.js'

let count = 0
let name: string
let live: number

beforeEach(() => {
  name = `holdfast-unit-${process.pid}-${++count}`
  live = liveHandles()
})
afterEach(() => {
  expect(liveHandles()).toBe(live)
  expect(SharedMemory.unlink(name)).toBe(false)
  expect(maps()).toEqual([])
})

function maps(): string[] {
  if (process.platform !== 'linux') return []
  return readFileSync('/proc/self/maps', 'utf8')
    .split('\n')
    .filter((line) => line.includes(name))
}

describe('SharedMemory', () => {
  it('shows what others have written under the same name', () => {
    using created = SharedMemory.create(name, 10_000)
    using opened = SharedMemory.open(name)
    expect([created.name, created.isOwner, created.byteLength]).toEqual([name, true, 10_000])
    expect([opened.name, opened.isOwner, opened.byteLength]).toEqual([name, false, 10_000])
    expect(opened.bytes.every((byte) => byte === 0)).toBe(true)
    opened.bytes.write('hello', 9990)
    expect(created.bytes.toString('latin1', 9990, 9995)).toBe('hello')
    expect(created.bytes).toBe(created.bytes)
  })

  // From Node 22 on no file can be longer than a Buffer.
  const isLimited = process.platform === 'linux' && constants.MAX_LENGTH < Number.MAX_SAFE_INTEGER
  it.runIf(isLimited)('refuses a segment that no Buffer can be as long as', () => {
    using created = SharedMemory.create(name, 1)
    // Without pages in it, so that it takes no memory.
    truncateSync(`/dev/shm/${name}`, constants.MAX_LENGTH + 1)
    expect(() => SharedMemory.open(name)).toThrow(expect.objectContaining({ code: 'ERR_OUT_OF_RANGE' }))
    expect(created.byteLength).toBe(1)
  })

  it('takes a name with and without a slash in front for the same', () => {
    using created = SharedMemory.create(`/${name}`, 1)
    using opened = SharedMemory.open(name)
    created.bytes[0] = 7
    expect(opened.bytes[0]).toBe(7)
  })

  it('counts its bytes in each object', () => {
    const before = handleStatistics().liveBytes
    using created = SharedMemory.create(name, 10_000)
    using _opened = SharedMemory.open(name)
    expect(handleStatistics().liveBytes).toBe(before + 20_000)
    expect(created.isClosed).toBe(false)
  })

  it('may have no bytes', () => {
    using created = SharedMemory.create(name, 0)
    using opened = SharedMemory.open(name)
    expect([created.bytes.length, opened.byteLength]).toEqual([0, 0])
  })

  it('may have the longest name', () => {
    name = name.padEnd(250, 'x')
    using created = SharedMemory.create(name, 1)
    expect(created.name).toBe(name)
  })

  it('leaves no descriptor open', (context) => {
    context.skip(process.platform !== 'linux')
    const before = readdirSync('/proc/self/fd').length
    using _created = SharedMemory.create(name, 1)
    using _opened = SharedMemory.open(name)
    expect(() => SharedMemory.create(name, 1)).toThrow()
    expect(readdirSync('/proc/self/fd').length).toBe(before)
  })
})

describe('a name of SharedMemory', () => {
  it('is given once', () => {
    using _created = SharedMemory.create(name, 1)
    expect(() => SharedMemory.create(name, 1)).toThrow(
      expect.objectContaining({ name: 'SystemError', code: 'EEXIST', syscall: 'shm_open', path: name }),
    )
  })

  it('that nobody has given cannot be opened', () => {
    expect(() => SharedMemory.open(name)).toThrow(
      expect.objectContaining({ name: 'SystemError', code: 'ENOENT', syscall: 'shm_open', path: name }),
    )
  })

  it('can be taken over with replace, and the old owner keeps its own segment', () => {
    using old = SharedMemory.create(name, 10)
    using guest = SharedMemory.open(name)
    using replacement = SharedMemory.create(name, 20, { replace: true })
    old.bytes[0] = 1
    replacement.bytes[0] = 2
    expect([old.bytes[0], guest.bytes[0], replacement.bytes[0]]).toEqual([1, 1, 2])
    old.dispose()
    expect(guest.bytes[0]).toBe(1)
    using opened = SharedMemory.open(name)
    expect([opened.bytes[0], opened.byteLength]).toEqual([2, 20])
  })

  it('goes with its owner, and the memory with the last who has it', () => {
    const created = SharedMemory.create(name, 10)
    using opened = SharedMemory.open(name)
    created.bytes[3] = 4
    created.dispose()
    expect(() => SharedMemory.open(name)).toThrow(expect.objectContaining({ code: 'ENOENT' }))
    expect(opened.bytes[3]).toBe(4)
  })

  it('stays when somebody else who has the segment goes', () => {
    using _created = SharedMemory.create(name, 10)
    SharedMemory.open(name).dispose()
    SharedMemory.open(name).dispose()
  })

  it('goes with its owner also when its memory was moved into another ArrayBuffer', async () => {
    const created = SharedMemory.create(name, 10)
    created.bytes.fill(3)
    const { buffer } = created.bytes
    const moved = await moveMemory(buffer as ArrayBuffer)
    created.dispose()
    expect(SharedMemory.unlink(name)).toBe(false)
    expect(moved[9]).toBe(3)
    // It is unmapped with `moved`, in a later turn of the event loop: not a leak of this test.
    name = `${name}-moved`
  })

  it('can be removed by anybody, and its owner disposes silently', () => {
    const created = SharedMemory.create(name, 10)
    expect(SharedMemory.unlink(name)).toBe(true)
    expect(SharedMemory.unlink(name)).toBe(false)
    created.bytes[0] = 1
    created.dispose()
  })

  it('stays when its owner gives the memory away', () => {
    const created = SharedMemory.create(name, 10)
    created.setHandleAsInvalid()
    created.dispose()
    expect(SharedMemory.unlink(name)).toBe(true)
    // The memory is nobody's now and stays mapped.
    name = `${name}-given`
  })

  it('is gone when disposeAsync() resolves', async () => {
    const created = SharedMemory.create(name, 1_000_000)
    created.bytes.fill(1)
    await created.disposeAsync()
    expect(SharedMemory.unlink(name)).toBe(false)
  })

  it.each([
    ['', 'TypeError', 'ERR_INVALID_ARG_VALUE'],
    ['/', 'TypeError', 'ERR_INVALID_ARG_VALUE'],
    ['.', 'TypeError', 'ERR_INVALID_ARG_VALUE'],
    ['..', 'TypeError', 'ERR_INVALID_ARG_VALUE'],
    ['a/b', 'TypeError', 'ERR_INVALID_ARG_VALUE'],
    ['//a', 'TypeError', 'ERR_INVALID_ARG_VALUE'],
    ['a\0', 'TypeError', 'ERR_INVALID_ARG_VALUE'],
    [5, 'TypeError', 'ERR_INVALID_ARG_TYPE'],
    [undefined, 'TypeError', 'ERR_INVALID_ARG_TYPE'],
    ['x'.repeat(251), 'RangeError', 'ERR_OUT_OF_RANGE'],
    ['ä'.repeat(126), 'RangeError', 'ERR_OUT_OF_RANGE'],
  ])('cannot be %j', (bad, errorName, code) => {
    const refusal = expect.objectContaining({ name: errorName, code })
    expect(() => SharedMemory.create(bad as string, 1)).toThrow(refusal)
    expect(() => SharedMemory.open(bad as string)).toThrow(refusal)
    expect(() => SharedMemory.unlink(bad as string)).toThrow(refusal)
  })
})

describe('SharedMemory.create() refuses', () => {
  it.each([
    [-1, undefined, 'RangeError', 'ERR_OUT_OF_RANGE'],
    [1.5, undefined, 'RangeError', 'ERR_OUT_OF_RANGE'],
    [2 ** 53, undefined, 'RangeError', 'ERR_OUT_OF_RANGE'],
    ['1', undefined, 'TypeError', 'ERR_INVALID_ARG_TYPE'],
    [1, null, 'TypeError', 'ERR_INVALID_ARG_TYPE'],
    [1, { replace: 1 }, 'TypeError', 'ERR_INVALID_ARG_TYPE'],
  ])('%s bytes with options %o', (byteLength, options, errorName, code) => {
    expect(() => SharedMemory.create(name, byteLength as number, options as never)).toThrow(
      expect.objectContaining({ name: errorName, code }),
    )
  })
})

describe('SharedMemory that is disposed', () => {
  it('has views of length 0, and members that throw', () => {
    const created = SharedMemory.create(name, 10)
    const opened = SharedMemory.open(name)
    const disposed = expect.objectContaining({ code: 'ERR_HOLDFAST_DISPOSED' })
    for (const shared of [opened, created]) {
      const { bytes } = shared
      shared.dispose()
      expect(bytes.length).toBe(0)
      expect(() => shared.bytes).toThrow(disposed)
      expect(() => shared.byteLength).toThrow(disposed)
      expect(() => shared.name).toThrow(disposed)
      expect(() => shared.isOwner).toThrow(disposed)
    }
  })
})
