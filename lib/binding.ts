import { createRequire } from 'node:module'
import { join } from 'node:path'
import { checkNodeApi, loadAddon } from './addon/load-addon.js'
import { machineOf } from './addon/machine.js'
import { libraryFolder, libraryUrl } from './library-folder.js'

// The native half, function by function: native/binding/*_binding.cc say what each does. Arguments are
// validated before they come here; native code checks nothing again.

declare const handleId: unique symbol
/** Names an open handle; 0 names none. */
export type HandleId = number & { readonly [handleId]: never }
/** Which slot of the native table a handle has: the lower half of its id. */
export function slotOf(id: HandleId): number {
  return id % 2 ** 32
}

/** How often that slot was used before: the upper half of its id. */
export function generationOf(id: HandleId): number {
  return Math.floor(id / 2 ** 32)
}

declare const kindNumber: unique symbol
export type KindNumber = number & { readonly [kindNumber]: never }

declare const weakTarget: unique symbol
/** Names an object that is not kept alive; 0 names none. */
export type WeakTarget = number & { readonly [weakTarget]: never }

/** What the operating system refused. */
export interface FailureDetails {
  readonly errno: number
  readonly syscall: string
}

/** The same as native code says it: below -1 a number is −1 − errno, when the engine had no memory for more. */
export type SystemFailure = FailureDetails | (number & { readonly [failureNumber]: never })
declare const failureNumber: unique symbol

/** @param position -1: the current one, which then moves on */
type MoveBytes<Result> = (fd: number, bytes: Uint8Array, offset: number, length: number, position: number) => Result

export interface NativeBinding {
  openHandle(owner: object, kind: KindNumber, byteLength: number): HandleId
  reopenHandle(slot: number, kind: KindNumber, byteLength: number): false | undefined
  reopenCounted(slot: number, kind: KindNumber): false | undefined
  closeForReuse(slot: number, generation: number): boolean | undefined
  deferClose(slot: number, generation: number): boolean
  disownHandle(id: HandleId): boolean
  runDeferredReleases(errors: Float64Array): Promise<undefined> | undefined
  releaseError(): number
  finalizeHandle(id: HandleId): false | undefined
  resizeHandle(id: HandleId, byteLength: number): boolean
  nextOrphan(): HandleId
  handlesToRelease(): HandleId[]
  ownerOf(id: HandleId): object | undefined
  unwatchHandle(id: HandleId): void
  watchHandle(id: HandleId, owner: object): boolean
  addWeakTarget(object: object): WeakTarget
  findWeakTarget(number: WeakTarget): object | undefined
  removeWeakTarget(number: WeakTarget): void
  tallies(): Float64Array | undefined
  tallyHandle(slot: number, generation: number, tally: number): void
  sweepEverything(): number
  sweepAfterCollection(): number
  sweepSlice(slots: number): boolean
  collections(): number
  majorCollections(): number
  threadMilliseconds(): number
  lockEngineFlags(): boolean
  unlockEngineFlags(): void

  setNativeLimit(bytes: number): void
  nativeLimit(): number
  processLiveBytes(): number
  askThreadsToReclaim(): void
  setMemoryPressure(bytes: number): void
  setMemoryRoom(step: number, room: number): void
  memorySetting(setting: number): number
  setMemorySetting(setting: number, value: number): void

  openArena(token: object, kind: KindNumber): HandleId
  addArenaChunk(id: HandleId, byteLength: number): boolean
  viewArenaChunk(id: HandleId, index: number, dirty: number): ArrayBuffer | undefined
  moveArenaChunkToEngine(id: HandleId, index: number, arrayBuffer: ArrayBuffer): number | undefined
  retractArenaChunk(id: HandleId, index: number, unreachable: boolean): boolean

  openMemory(token: object, byteLength: number, traits: number): HandleId
  reopenMemory(slot: number, byteLength: number, traits: number): false | undefined
  memoryAddress(id: HandleId): number
  viewMemory(id: HandleId): ArrayBuffer | undefined
  moveMemoryToEngine(id: HandleId, arrayBuffer: ArrayBuffer, offset: number): boolean
  closeViewedMemory(slot: number, generation: number, arrayBuffer: ArrayBuffer | undefined): boolean | undefined
  abandonView(id: HandleId): void
  disownMemory(id: HandleId): boolean
  resizeMemory(id: HandleId, byteLength: number, traits: number, detach: () => boolean): boolean
  detach(arrayBuffer: ArrayBuffer): boolean
  trimMemory(): void
  externalBuffersAllowed(): boolean
  waitingViews(): number

  transferMemory(id: HandleId, transfer: string, traits: number, detach: () => boolean): boolean
  receiveMemory(token: object, transfer: string, kind: KindNumber, arrival: Float64Array): boolean | undefined
  cancelTransfer(transfer: string): boolean
  openSecret(token: object, kind: KindNumber, byteLength: number): HandleId | SystemFailure | 0 | undefined
  unsealSecret(id: HandleId): SystemFailure | undefined
  sealSecret(id: HandleId): SystemFailure | undefined
  writeSecret(id: HandleId, bytes: Uint8Array): SystemFailure | undefined
  secretHolds(id: HandleId, bytes: Uint8Array): boolean | SystemFailure | undefined
  secretsEqual(id: HandleId, other: HandleId): boolean | SystemFailure | undefined
  openMappedFile(
    owner: object,
    kind: KindNumber,
    path: string | Uint8Array,
    flags: number,
    advice: number,
    range: Float64Array,
  ): HandleId | SystemFailure | 0 | -1 | undefined
  mapHasLostPages(id: HandleId): boolean
  adviseMap(id: HandleId, advice: number, offset: number, length: number): SystemFailure | undefined
  flushMap(id: HandleId, offset: number, length: number): SystemFailure | undefined
  flushMapInPool(id: HandleId, offset: number, length: number): Promise<SystemFailure | undefined> | undefined
  createSharedMemory(
    owner: object,
    kind: KindNumber,
    name: string,
    byteLength: number,
    replace: boolean,
  ): HandleId | SystemFailure | 0 | undefined
  openSharedMemory(
    owner: object,
    kind: KindNumber,
    name: string,
    range: Float64Array,
  ): HandleId | SystemFailure | 0 | -1 | undefined
  leaveSharedMemoryName(id: HandleId): void
  unlinkSharedMemory(name: string): SystemFailure | undefined
  openFile(
    owner: object,
    kind: KindNumber,
    path: string | Uint8Array,
    flags: number,
    mode: number,
  ): HandleId | SystemFailure
  openFileOffLoop(
    owner: object,
    kind: KindNumber,
    path: string | Uint8Array,
    flags: number,
    mode: number,
  ): Promise<HandleId | SystemFailure | undefined> | SystemFailure | undefined
  readFile: MoveBytes<number | SystemFailure>
  readFileOffLoop: MoveBytes<Promise<number | SystemFailure> | undefined>
  writeFile: MoveBytes<number | SystemFailure>
  writeFileOffLoop: MoveBytes<Promise<number | SystemFailure> | undefined>
  syncFileOffLoop(fd: number): Promise<number | SystemFailure> | undefined
  fileDescriptor(id: HandleId): number
  descriptorLimit(): number

  openDirectory(owner: object, kind: KindNumber, path: string | Uint8Array): HandleId | SystemFailure
  directoryDescriptor(id: HandleId): number
  readDirectory(id: HandleId): string | SystemFailure | undefined
  readDirectoryOffLoop(id: HandleId): Promise<string | SystemFailure | undefined> | undefined

  liveHandles(): Float64Array | undefined
  describeHandle(slot: number, generation: number, target: Float64Array): boolean
  logFinalizations(enabled: boolean): void
  takeFinalizations(): Float64Array | undefined

  registerKind(name: string): KindNumber | undefined
  kindName(kind: KindNumber): string
  kindCount(): number
  counterPage(page: number): Float64Array
  readProcessCounters(target: Float64Array): void
  countForcedCollection(milliseconds: number): void
  readForcedCollections(target: Float64Array): void
  resetPeaks(): void
  signals(): Float64Array
}

/** What `signals()` holds, by index: native/binding/environment.h. */
export const Signal = { attention: 0, externalViewRoom: 1, refusedByLimit: 2, countedSlot: 3 } as const
/** The bits of `Signal.attention`. */
export const Attention = { orphansWait: 1, pressureIsHigh: 2, logWaits: 4 } as const

/** What `memorySetting` knows: native/core/memory_settings.h. */
export const MemorySetting = { ceiling: 0, highLoadPercent: 1 } as const

const root = join(libraryFolder, '..')

function load(): { native: NativeBinding; addonFile: string } {
  checkNodeApi(process.versions['napi'])
  const require = createRequire(libraryUrl)
  const { addon, file } = loadAddon({
    root,
    machine: machineOf(process),
    named: process.env['HOLDFAST_ADDON'],
    open: (path) => require(path),
  })
  return { native: addon as NativeBinding, addonFile: file }
}

/** `addonFile` is where it was found. */
export const { native, addonFile } = load()
