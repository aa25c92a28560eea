import { EventEmitter } from 'node:events'
import { join } from 'node:path'
import {
  FinalizableObject,
  GC,
  GCHandle,
  HandleCollector,
  type HandleTransfer,
  MappedFile,
  NativeArena,
  NativeBuffer,
  SafeDirectoryHandle,
  SafeFileHandle,
  SafeHandle,
  SecretBuffer,
  SharedMemory,
  subscribe,
} from 'holdfast'
import { createToken, ServiceCollection } from 'holdfast/hosting'
import type { Entry } from './ledger.js'
import { escapes } from './support.js'
import type { Kept, Workshop } from './workshop.js'

// What a thread can do. Each operation finds at its place whatever others have left there.

interface Work {
  /** How often it comes, relative to the others. */
  readonly weight: number
  run(workshop: Workshop, place: number, amount: number): void
}

/** A handle that JavaScript releases: the ledger counts how often. */
class Probe extends SafeHandle<Entry | undefined> {
  static readonly collector: HandleCollector | undefined = undefined
  static releaseHandle(entry: Entry): void {
    entry.release()
  }
  constructor({ ledger, thread }: Workshop, byteLength: number) {
    super(undefined)
    const entry = ledger.open(thread)
    try {
      this.setHandle(entry, byteLength)
    } catch (error) {
      entry?.release()
      throw error
    }
  }
}

class ScarceProbe extends Probe {
  static override readonly collector = new HandleCollector('scarce', 20, 1000)
}

class Finalizable extends FinalizableObject<Entry | undefined> {
  constructor({ ledger, thread }: Workshop) {
    super(ledger.open(thread), (entry) => entry?.release())
  }
  protected override disposeCore(): void {}
}

const Memory = createToken<NativeBuffer>('Memory')
const provider = new ServiceCollection().addScoped(Memory, () => new NativeBuffer(5000)).build()

/** Mostly small; now and then past the limits at which memory comes from elsewhere. */
export function sizeOf(amount: number): number {
  if (amount % 50 === 0) return amount * 40
  return amount % 5 === 0 ? amount : amount % 300
}

/** Puts something at a place. What was there is dropped, not disposed of. */
const keep =
  (make: (workshop: Workshop, amount: number) => Kept) => (workshop: Workshop, place: number, amount: number) => {
    workshop.places[place] = make(workshop, amount)
  }

/** Does something if the place has one of these. */
const withOne =
  <T extends Kept>(type: { readonly prototype: T }, act: (one: T, amount: number, workshop: Workshop) => void) =>
  (workshop: Workshop, place: number, amount: number) => {
    const one = workshop.places[place]
    if (one !== undefined && Object.prototype.isPrototypeOf.call(type.prototype, one)) act(one as T, amount, workshop)
  }

function openBuffer(amount: number): NativeBuffer {
  return new NativeBuffer(sizeOf(amount), amount % 3 === 0 ? { alignment: 64 } : undefined)
}

const data = ({ folder }: Workshop) => join(folder, 'data')

export type OperationName =
  | 'buffer'
  | 'viewed buffer'
  | 'view'
  | 'resize'
  | 'escape'
  | 'transfer to oneself'
  | 'arena'
  | 'block'
  | 'reset'
  | 'secret'
  | 'use secret'
  | 'map'
  | 'writable map'
  | 'flush'
  | 'shared memory'
  | 'replaced shared memory'
  | 'file'
  | 'file on the pool'
  | 'read'
  | 'write'
  | 'directory'
  | 'step'
  | 'directory on the pool'
  | 'probe'
  | 'scarce probe'
  | 'finalizable'
  | 'GCHandle'
  | 'subscription'
  | 'scope'
  | 'lease'
  | 'dispose'
  | 'disposeAsync'
  | 'drop'
  | 'collect young'
  | 'collect all'
  | 'reclaim'

export const OPERATIONS: Readonly<Record<OperationName, Work>> = {
  buffer: { weight: 8, run: keep((_, amount) => openBuffer(amount)) },
  'viewed buffer': {
    weight: 8,
    run: keep((_, amount) => {
      const buffer = openBuffer(amount)
      buffer.bytes.fill(amount)
      return buffer
    }),
  },
  view: { weight: 4, run: keep((_, amount) => openBuffer(amount).bytes as Kept) },
  resize: { weight: 2, run: withOne(NativeBuffer, (buffer, amount) => buffer.resize(sizeOf(amount))) },
  escape: {
    weight: 2,
    // Of a buffer of its own: what is being read into must not be moved.
    run: keep((workshop, amount) => {
      const buffer = openBuffer(amount)
      if (buffer.byteLength > 0) workshop.begin(escapes.byob(buffer.arrayBuffer).then((bytes) => bytes.fill(1)))
      return buffer
    }),
  },
  'transfer to oneself': {
    weight: 3,
    run(workshop, place) {
      const buffer = workshop.places[place]
      if (!(buffer instanceof NativeBuffer)) return
      workshop.places[place] = undefined
      const transfer: HandleTransfer = buffer.transfer()
      workshop.places[place] = NativeBuffer.receive(transfer)
    },
  },
  arena: { weight: 2, run: keep((_, amount) => new NativeArena({ chunkSize: 4096 + amount })) },
  block: { weight: 3, run: withOne(NativeArena, (arena, amount) => arena.alloc(amount % 5000).fill(amount)) },
  reset: { weight: 1, run: withOne(NativeArena, (arena) => arena.reset()) },
  secret: { weight: 2, run: keep((_, amount) => new SecretBuffer(amount % 5000)) },
  'use secret': {
    weight: 3,
    run: withOne(SecretBuffer, (secret, amount) => secret.use((bytes) => bytes.fill(amount)) && secret.equals(secret)),
  },
  map: {
    weight: 2,
    run: keep((workshop, amount) => {
      const map = MappedFile.open(data(workshop), { offset: amount % 60_000 })
      map.bytes.fill(amount)
      return map
    }),
  },
  'writable map': {
    weight: 2,
    run: keep((workshop, amount) => {
      const map = MappedFile.open(data(workshop), { mode: 'r+', offset: amount % 60_000, length: 5000 })
      map.bytes.fill(amount)
      return map
    }),
  },
  flush: { weight: 2, run: withOne(MappedFile, (map, _, workshop) => workshop.begin(map.flushAsync())) },
  'shared memory': {
    weight: 2,
    run: keep((workshop, amount) => {
      const shared = SharedMemory.create(workshop.nextName(), amount)
      shared.bytes.fill(amount)
      return amount % 2 === 0 ? shared : SharedMemory.open(shared.name)
    }),
  },
  'replaced shared memory': {
    weight: 1,
    run: keep((workshop, amount) => {
      const name = workshop.nextName()
      SharedMemory.create(name, 100)
      return SharedMemory.create(name, amount, { replace: true })
    }),
  },
  file: { weight: 2, run: keep((workshop) => SafeFileHandle.open(data(workshop), 'r+')) },
  'file on the pool': {
    weight: 2,
    run(workshop, place) {
      const opened = SafeFileHandle.openAsync('/dev/zero', 'r+')
      workshop.begin(
        opened.then((file) => {
          workshop.places[place] = file
        }),
      )
    },
  },
  read: {
    weight: 4,
    run: withOne(SafeFileHandle, (file, amount, workshop) => {
      const target = openBuffer(amount)
      workshop.begin(file.read(target))
      workshop.places[amount % workshop.places.length] = target
    }),
  },
  write: {
    weight: 2,
    run: withOne(SafeFileHandle, (file, amount, workshop) => {
      workshop.begin(file.write(Buffer.alloc(amount % 1000, amount), { position: amount % 60_000 }))
    }),
  },
  directory: { weight: 2, run: keep(({ folder }) => SafeDirectoryHandle.open(folder)) },
  step: { weight: 2, run: withOne(SafeDirectoryHandle, (directory) => directory.entries().next()) },
  'directory on the pool': {
    weight: 2,
    run: keep((workshop) => {
      const entries = SafeDirectoryHandle.open(workshop.folder)[Symbol.asyncIterator]()
      workshop.begin(entries.next())
      return entries
    }),
  },
  probe: { weight: 5, run: keep((workshop, amount) => new Probe(workshop, amount % 3 === 0 ? amount : 0)) },
  'scarce probe': { weight: 3, run: keep((workshop) => new ScarceProbe(workshop, 0)) },
  finalizable: { weight: 3, run: keep((workshop) => new Finalizable(workshop)) },
  GCHandle: { weight: 2, run: keep((_, amount) => GCHandle.alloc({ amount }, amount % 2 === 0 ? 'weak' : 'normal')) },
  subscription: { weight: 2, run: keep(() => subscribe(new EventEmitter(), 'event', () => {})) },
  scope: {
    weight: 2,
    run: keep(() => {
      const scope = provider.createScope()
      scope.get(Memory)
      return scope
    }),
  },
  lease: { weight: 3, run: (workshop, place) => lease(workshop, place) },
  dispose: {
    weight: 12,
    run(workshop, place) {
      const one = workshop.places[place]
      workshop.places[place] = undefined
      one?.dispose?.()
    },
  },
  disposeAsync: {
    weight: 6,
    run(workshop, place) {
      const one = workshop.places[place]
      const disposal = one?.disposeAsync?.()
      workshop.places[place] = undefined
      if (one !== undefined && disposal !== undefined) workshop.begin(disposal, !workshop.leased.has(one))
    },
  },
  drop: {
    weight: 6,
    run(workshop, place) {
      workshop.places[place] = undefined
    },
  },
  'collect young': { weight: 1, run: () => GC.collect('minor') },
  'collect all': { weight: 1, run: () => GC.collect() },
  reclaim: { weight: 1, run: () => void GC.reclaim() },
}

/** In the place of a handle; the handle goes to the next one. */
function lease(workshop: Workshop, place: number): void {
  const one = workshop.places[place]
  if (!(one instanceof SafeHandle)) return
  const taken = one.lease()
  workshop.leased.add(one)
  workshop.places[place] = taken
  workshop.places[(place + 1) % workshop.places.length] = one
}
