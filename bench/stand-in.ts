// What the library will offer, as far as the benchmarks use it, until it does. Each importer has one line
// to switch to 'holdfast'; then this file goes.

import { performance } from 'node:perf_hooks'
import { GC, SafeHandle as PlainSafeHandle } from 'holdfast'

export interface HandleCollectorOptions {
  readonly policy?: 'adaptive' | 'classic'
  readonly maxCollectionShare?: number
}

type Kind = 'minor' | 'major'

const KIND_OF_GENERATION: readonly Kind[] = ['minor', 'minor', 'major']

export class HandleCollector {
  readonly name: string
  readonly initialThreshold: number
  readonly maximumThreshold: number
  readonly #adaptive: boolean
  readonly #share: number
  #count = 0
  #threshold: number
  #collections = 0
  #generation = 0
  #isCollecting = false
  #nextMajorAt: number

  constructor(name: string | null, initial: number, maximum = 2 ** 31 - 1, options: HandleCollectorOptions = {}) {
    this.name = name ?? ''
    this.initialThreshold = initial
    this.maximumThreshold = maximum
    this.#adaptive = options.policy !== 'classic'
    this.#share = options.maxCollectionShare ?? 0.1
    this.#threshold = initial
    this.#nextMajorAt = performance.now() + 1000
  }

  get count(): number {
    return this.#count
  }

  get threshold(): number {
    return this.#threshold
  }

  get collections(): number {
    return this.#collections
  }

  add(): void {
    this.#count++
    if (this.#count <= this.#threshold || this.#isCollecting) return
    this.#isCollecting = true
    if (this.#adaptive) this.#adapt()
    else this.#fireClassic()
    this.#isCollecting = false
  }

  remove(): void {
    this.#count--
    const lower = this.#count + Math.floor(this.#count / 10)
    if (lower >= this.#threshold - Math.floor(this.#threshold / 10)) return
    this.#threshold = Math.max(lower, this.initialThreshold)
    this.#generation = 0
  }

  #fireClassic(): void {
    this.#threshold = this.#count + Math.floor(this.#count / 10)
    const generation = this.#generation
    if (generation < 2) this.#generation++
    this.#collect(KIND_OF_GENERATION[generation] as Kind)
  }

  #adapt(): void {
    const before = this.#count
    this.#collect('minor')
    if (this.#count > before * 0.75 && performance.now() >= this.#nextMajorAt) {
      const start = performance.now()
      this.#collect('major')
      const end = performance.now()
      this.#nextMajorAt = end + (end - start) * (1 / this.#share - 1)
    }
    this.#threshold = Math.max(this.initialThreshold, Math.floor(this.#count * 1.25))
  }

  #collect(kind: Kind): void {
    this.#collections++
    GC.collect(kind)
  }
}

interface WatchedClass {
  collector?: HandleCollector
  releaseHandle(handle: unknown): boolean | void
}

const watched = new WeakSet<WatchedClass>()

function watch(handleClass: WatchedClass, collector: HandleCollector): void {
  if (watched.has(handleClass)) return
  watched.add(handleClass)
  const release = handleClass.releaseHandle
  handleClass.releaseHandle = (handle) => {
    collector.remove()
    return release.call(handleClass, handle)
  }
}

export abstract class SafeHandle<T> extends PlainSafeHandle<T> {
  protected constructor(invalidHandleValue: T, ownsHandle = true) {
    super(invalidHandleValue, ownsHandle)
    const handleClass = new.target as unknown as WatchedClass
    const { collector } = handleClass
    if (collector === undefined) return
    watch(handleClass, collector)
    collector.add()
  }
}

export function setNativeMemoryLimit(_bytes: number | null): void {}

const registry = new FinalizationRegistry<() => void>((finalize) => finalize())

export abstract class FinalizableObject<S> {
  #finalize: (() => void) | undefined

  protected constructor(state: S, finalizer: (state: S) => void) {
    this.#finalize = () => finalizer(state)
    registry.register(this, this.#finalize, this)
  }

  dispose(): void {
    if (this.#finalize === undefined) return
    this.disposeCore()
    registry.unregister(this)
    this.#finalize()
    this.#finalize = undefined
  }

  protected abstract disposeCore(): void
}
