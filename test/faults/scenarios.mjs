// What a program can ask of the library, each as short as it can be. Every one disposes of what it has made, so
// that whatever is left after it was left by the library.
import { EventEmitter, once } from 'node:events'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import {
  GC,
  GCHandle,
  HandleCollector,
  handleStatistics,
  liveHandles,
  MappedFile,
  NativeArena,
  NativeBuffer,
  SafeDirectoryHandle,
  SafeFileHandle,
  SafeHandle,
  SecretBuffer,
  SharedMemory,
  setNativeMemoryLimit,
  subscribe,
} from 'holdfast'
import { tracking } from 'holdfast/tracking'
import { addonFile } from '../../dist/binding.js'

export const folder = mkdtempSync(join(tmpdir(), 'holdfast-faults-'))
const file = join(folder, 'file')
writeFileSync(file, Buffer.alloc(20_000, 'x'))
const name = `holdfast-faults-${process.pid}`
const LARGE = 300_000

class Probe extends SafeHandle {
  static releaseHandle() {}
  constructor(byteLength = 0) {
    super(-1)
    this.setHandle(1, byteLength)
  }
}

function withDisposed(handle, body) {
  try {
    return body(handle)
  } finally {
    handle.dispose()
  }
}

async function withDisposedAsync(handle, body) {
  try {
    await body(handle)
  } finally {
    await handle.disposeAsync()
  }
}

/** Runs a module text in a worker; rejects with what ends it. */
async function inWorker(text) {
  const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(text)}`))
  await Promise.race([once(worker, 'exit'), once(worker, 'error').then(([error]) => Promise.reject(error))])
}

const library = import.meta.resolve('holdfast')

/** By name: what is done at each point, again and again. */
export const scenarios = {
  'NativeBuffer, small': () => withDisposed(new NativeBuffer(100), (buffer) => buffer.bytes.fill(1)),
  'NativeBuffer, large': () => withDisposed(new NativeBuffer(LARGE), (buffer) => buffer.bytes.fill(1)),
  'NativeBuffer, coarsely aligned': () =>
    withDisposed(new NativeBuffer(LARGE, { alignment: 2 ** 16 }), (buffer) => buffer.address),
  'NativeBuffer.from': () => NativeBuffer.from('text').dispose(),
  'NativeBuffer.view': () => withDisposed(new NativeBuffer(LARGE), (buffer) => buffer.view(Float64Array).fill(1)),
  'NativeBuffer.resize': () =>
    withDisposed(new NativeBuffer(10), (buffer) => {
      buffer.bytes[0] = 1
      buffer.resize(LARGE)
      buffer.resize(2 * LARGE)
      if (buffer.bytes[0] !== 1) throw new Error('the contents are lost')
    }),
  'NativeBuffer.transfer and receive': () => transferBuffer(100),
  'NativeBuffer.transfer and receive, large': () => transferBuffer(LARGE),
  'NativeBuffer.disposeAsync': () => new NativeBuffer(64 * 2 ** 20).disposeAsync(),
  'GC.reRegisterForFinalize': () =>
    withDisposed(new NativeBuffer(100), (buffer) => {
      GC.suppressFinalize(buffer)
      GC.reRegisterForFinalize(buffer)
    }),
  'NativeBuffer under a limit': () => {
    setNativeMemoryLimit(2 ** 30)
    try {
      new NativeBuffer(LARGE).dispose()
    } finally {
      setNativeMemoryLimit(null)
    }
  },
  NativeArena: () =>
    withDisposed(new NativeArena({ chunkSize: 65_536 }), (arena) => {
      arena.alloc(60_000)
      arena.alloc(60_000)
      arena.reset()
      arena.alloc(100_000)
    }),
  'NativeArena.disposeAsync': () =>
    withDisposedAsync(new NativeArena({ chunkSize: 64 * 2 ** 20 }), (arena) => arena.alloc(100)),
  SecretBuffer: () =>
    withDisposed(SecretBuffer.from(Buffer.from('secret')), (secret) => {
      secret.use((bytes) => bytes.fill(1))
      if (!secret.equals(Buffer.alloc(6, 1))) throw new Error('the contents are others')
    }),
  'SecretBuffer.equals another': () =>
    withDisposed(new SecretBuffer(10), (one) =>
      withDisposed(new SecretBuffer(10), (other) => {
        if (!one.equals(other)) throw new Error('they differ')
      }),
    ),
  'MappedFile, private': () =>
    withDisposed(MappedFile.open(file, { length: 5000, offset: 100, advice: 'random' }), (map) => map.bytes[0]),
  'MappedFile, populated': () => withDisposed(MappedFile.open(file, { populate: true }), (map) => map.bytes[0]),
  'MappedFile, shared': () =>
    withDisposed(MappedFile.open(file, { mode: 'r+' }), (map) => {
      map.bytes[0] = 120
      map.advise('willneed')
      map.flush()
    }),
  'MappedFile.flushAsync': () => withDisposedAsync(MappedFile.open(file, { mode: 'r+' }), (map) => map.flushAsync()),
  SharedMemory: () =>
    withDisposed(SharedMemory.create(name, 5000), (owner) =>
      withDisposed(SharedMemory.open(name), (user) => {
        user.bytes[0] = 1
        if (owner.bytes[0] !== 1) throw new Error('they share nothing')
      }),
    ),
  'SharedMemory, replaced': () =>
    withDisposed(SharedMemory.create(name, 5000), () => SharedMemory.create(name, 100, { replace: true }).dispose()),
  'SharedMemory.unlink': () =>
    withDisposed(SharedMemory.create(name, 5000), () => {
      SharedMemory.unlink(name)
    }),
  'SharedMemory.disposeAsync': () => SharedMemory.create(name, 5000).disposeAsync(),
  'SafeFileHandle, at once': () =>
    withDisposed(SafeFileHandle.open(file, 'r+'), (handle) => {
      handle.readSync(Buffer.alloc(10))
      handle.readSync(Buffer.alloc(10), { position: 5 })
      handle.writeSync(Buffer.from('text'))
      handle.writeSync(Buffer.from('text'), { position: 5 })
    }),
  'SafeFileHandle, on the thread pool': async () =>
    withDisposedAsync(await SafeFileHandle.openAsync(file, 'r+'), async (handle) => {
      const buffer = new NativeBuffer(LARGE)
      try {
        await handle.read(buffer)
        await handle.read(buffer, { position: 5 })
        await handle.write(Buffer.from('text'))
        await handle.write(Buffer.from('text'), { position: 5 })
        await handle.sync()
      } finally {
        buffer.dispose()
      }
    }),
  SafeDirectoryHandle: () => [...SafeDirectoryHandle.open(folder).entries()],
  'SafeDirectoryHandle, on the thread pool': async () => {
    for await (const _ of SafeDirectoryHandle.open(folder)) {
      // All of it.
    }
  },
  'SafeDirectoryHandle.disposeAsync': () => SafeDirectoryHandle.open(folder).disposeAsync(),
  SafeHandle: () => withDisposed(new Probe(100), (handle) => handle.dangerousGetHandle()),
  'SafeHandle.disposeAsync': () => new Probe().disposeAsync(),
  'SafeHandle, lease': () =>
    withDisposed(new Probe(), (handle) => {
      const lease = handle.lease()
      handle.dispose()
      lease.dispose()
    }),
  'GCHandle, weak': () => GCHandle.alloc({}, 'weak').free(),
  'GCHandle, normal': () => GCHandle.alloc({}).free(),
  subscribe: () => subscribe(new EventEmitter(), 'event', () => {}).dispose(),
  HandleCollector: () => {
    const collector = new HandleCollector('probes', 2)
    collector.add()
    collector.remove()
  },
  'GC.addMemoryPressure': () => {
    GC.addMemoryPressure(2 ** 24)
    GC.removeMemoryPressure(2 ** 24)
  },
  'GC.collect and finalizers': async () => {
    ;(() => new NativeBuffer(100))()
    GC.collect()
    await GC.waitForPendingFinalizers()
  },
  'a kind that is new': () => {
    const kind = `kind ${kinds++}`
    return withDisposed(
      new (class extends NativeBuffer {
        static kind = kind
      })(1),
      () => handleStatistics(),
    )
  },
  'tracking.snapshot': () => withDisposed(new NativeBuffer(1), () => [tracking.snapshot(), liveHandles()]),
  'a worker that loads the addon': () =>
    inWorker(`import { createRequire } from 'node:module'
      createRequire(${JSON.stringify(library)})(${JSON.stringify(addonFile)})`),
  'a worker that opens a buffer': () =>
    inWorker(`import { NativeBuffer } from ${JSON.stringify(library)}; new NativeBuffer(100).dispose()`),
}

let kinds = 0

/** Blocks that a run keeps for good, by design: the names of kinds. */
export const keptBlocks = { 'a kind that is new': 1 }

/** Where a scenario repeats what another one does, it begins with the point after that. */
export const startsAfter = { 'a worker that opens a buffer': 'a worker that loads the addon' }

function transferBuffer(byteLength) {
  const buffer = new NativeBuffer(byteLength)
  let transfer
  try {
    buffer.bytes[0] = 7
    transfer = structuredClone(buffer.transfer())
  } finally {
    buffer.dispose()
  }
  let received
  try {
    received = NativeBuffer.receive(transfer)
  } catch (error) {
    // It can be received again: nothing is lost.
    faultsOff()
    NativeBuffer.receive(transfer).dispose()
    throw error
  }
  withDisposed(received, ({ bytes }) => {
    if (bytes[0] !== 7) throw new Error('the contents are lost')
  })
}

let faultsOff = () => {}
/** What to call to make nothing fail any more. */
export function onFaultsOff(callback) {
  faultsOff = callback
}
