import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { afterAll, describe, expect, it } from 'vitest'
import {
  GC,
  handleStatistics,
  liveHandles,
  MappedFile,
  NativeArena,
  NativeBuffer,
  ObjectDisposedError,
  SafeDirectoryHandle,
  SafeFileHandle,
  type SafeHandle,
  SecretBuffer,
  SharedMemory,
} from '../../../lib/index.js'

// What api.md promises of every handle, asked of every resource.

const folder = mkdtempSync(join(tmpdir(), 'holdfast-contract-'))
const file = join(folder, 'file')
writeFileSync(file, Buffer.alloc(10_000, 1))
afterAll(() => rmSync(folder, { recursive: true }))

let names = 0

interface Resource<T extends SafeHandle<unknown>> {
  open(): T
  /** Each must throw once the handle is disposed. */
  members: Record<string, (handle: T) => unknown>
  /** Views that must have length 0 once it is disposed. */
  views?(handle: T): { length: number }[]
}

const resource = <T extends SafeHandle<unknown>>(definition: Resource<T>) =>
  definition as unknown as Resource<SafeHandle<unknown>>

const RESOURCES: Record<string, Resource<SafeHandle<unknown>>> = {
  NativeBuffer: resource<NativeBuffer>({
    open: () => new NativeBuffer(100_000),
    members: {
      bytes: (buffer) => buffer.bytes,
      arrayBuffer: (buffer) => buffer.arrayBuffer,
      byteLength: (buffer) => buffer.byteLength,
      address: (buffer) => buffer.address,
      view: (buffer) => buffer.view(Uint8Array),
      chunks: (buffer) => buffer.chunks(10),
      resize: (buffer) => buffer.resize(1),
      transfer: (buffer) => buffer.transfer(),
    },
    views: (buffer) => [buffer.bytes, buffer.view(Float64Array, 8, 3)],
  }),
  NativeArena: resource<NativeArena>({
    open: () => new NativeArena(),
    members: {
      alloc: (arena) => arena.alloc(1),
      allocArray: (arena) => arena.allocArray(Float64Array, 1),
      used: (arena) => arena.used,
      capacity: (arena) => arena.capacity,
      reset: (arena) => arena.reset(),
    },
    views: (arena) => [arena.alloc(64), arena.allocArray(Float64Array, 8)],
  }),
  SecretBuffer: resource<SecretBuffer>({
    open: () => new SecretBuffer(32),
    members: { use: (secret) => secret.use(() => {}), equals: (secret) => secret.equals(Buffer.alloc(32)) },
    views: (secret) => [secret.use((bytes) => bytes)],
  }),
  MappedFile: resource<MappedFile>({
    open: () => MappedFile.open(file),
    members: {
      bytes: (map) => map.bytes,
      byteLength: (map) => map.byteLength,
      truncated: (map) => map.truncated,
      advise: (map) => map.advise('random'),
      flush: (map) => map.flush(),
    },
    views: (map) => [map.bytes],
  }),
  SharedMemory: resource<SharedMemory>({
    open: () => SharedMemory.create(`holdfast-contract-${process.pid}-${names++}`, 4096),
    members: { bytes: (memory) => memory.bytes, byteLength: (memory) => memory.byteLength },
    views: (memory) => [memory.bytes],
  }),
  SafeFileHandle: resource<SafeFileHandle>({
    open: () => SafeFileHandle.open(file),
    members: {
      fd: (handle) => handle.fd,
      readSync: (handle) => handle.readSync(Buffer.alloc(1)),
      writeSync: (handle) => handle.writeSync(Buffer.alloc(1)),
    },
  }),
  SafeDirectoryHandle: resource<SafeDirectoryHandle>({
    open: () => SafeDirectoryHandle.open(folder),
    members: { entries: (handle) => handle.entries() },
  }),
}

const isLinux = process.platform === 'linux'

/** What the system knows of this process. */
function leftInSystem(): number[] {
  if (!isLinux) return []
  const maps = readFileSync('/proc/self/maps', 'latin1').split('\n')
  return [
    readdirSync('/proc/self/fd').length,
    maps.filter((line) => line.includes(folder) || line.includes('holdfast-contract')).length,
    readdirSync('/dev/shm').filter((name) => name.startsWith(`holdfast-contract-${process.pid}-`)).length,
  ]
}

describe.each(Object.entries(RESOURCES))('a %s', (kind, { open, members, views }) => {
  it('is counted while it is open, and leaves nothing behind', () => {
    open().dispose()
    const before = [leftInSystem(), handleStatistics().liveBytes]
    const handle = open()
    expect([liveHandles(kind), handle.isInvalid, handle.isClosed, handle.isDisposed]).toEqual([1, false, false, false])
    views?.(handle)
    handle.dispose()
    expect([liveHandles(kind), handle.isInvalid, handle.isClosed, handle.isDisposed]).toEqual([0, false, true, true])
    expect([leftInSystem(), handleStatistics().liveBytes]).toEqual(before)
  })

  it('disposes once, silently after that, by every way', async () => {
    const { disposed } = handleStatistics().kinds[kind] ?? { disposed: 0 }
    const handle = open()
    handle.dispose()
    handle.close()
    handle[Symbol.dispose]()
    await handle.disposeAsync()
    await handle[Symbol.asyncDispose]()
    expect(handleStatistics().kinds[kind]?.disposed).toBe(disposed + 1)
  })

  it('refuses every member once it is disposed', () => {
    for (const [name, member] of Object.entries(members)) {
      const handle = open()
      handle.dispose()
      expect(() => member(handle), name).toThrow(ObjectDisposedError)
      expect(() => handle.lease(), name).toThrow(ObjectDisposedError)
    }
  })

  it('detaches its views', () => {
    const handle = open()
    const seen = views?.(handle) ?? []
    handle.dispose()
    expect(seen.map(({ length }) => length)).toEqual(seen.map(() => 0))
  })

  it('stays open while references are out, and closes with the last one', async () => {
    const handle = open()
    const lease = handle.lease()
    handle.dangerousAddRef()
    const disposal = handle.disposeAsync()
    expect([handle.isDisposed, handle.isClosed, liveHandles(kind)]).toEqual([true, false, 1])
    lease.dispose()
    expect(liveHandles(kind)).toBe(1)
    handle.dangerousRelease()
    await disposal
    expect([handle.isClosed, liveHandles(kind)]).toEqual([true, 0])
    expect(() => handle.dangerousRelease()).toThrow(expect.objectContaining({ code: 'ERR_HOLDFAST_INVALID_OPERATION' }))
  })

  it('releases asynchronously, many at once, and leaves nothing behind', async () => {
    const before = [leftInSystem(), handleStatistics().liveBytes]
    const handles = Array.from({ length: 50 }, () => open())
    for (const handle of handles.slice(25)) views?.(handle)
    await Promise.all(handles.map((handle) => handle.disposeAsync()))
    expect(liveHandles(kind)).toBe(0)
    expect([leftInSystem(), handleStatistics().liveBytes]).toEqual(before)
  })

  it('comes back in a loop that drops it and never yields', () => {
    for (let round = 0; round < 200; round++) open()
    GC.collect()
    GC.reclaim()
    const { opened, live, disposed, finalized, transferredIn, transferredOut } = handleStatistics()
    expect(liveHandles(kind)).toBeLessThanOrEqual(1)
    expect(opened).toBe(live + disposed + finalized + transferredOut - transferredIn)
  })

  it('shows its kind and its state', () => {
    const handle = open()
    expect(inspect(handle)).toMatch(new RegExp(`^${kind} \\{.*state: 'open'`, 's'))
    handle.dispose()
    expect(inspect(handle)).toContain("state: 'disposed'")
  })
})
