import { liveHandles } from 'holdfast'
import { FileLike } from './file-like.js'
import { INITIAL_THRESHOLD } from './policies.js'
import type { Recorder } from './recorder.js'

const WORDS = 512
const scratch = new Uint32Array(WORDS)
const GARBAGE_WORDS = 128

/** Fills 2 KiB and sums it up, `rounds` times, and leaves 1 KiB of garbage: about 2 µs a round. */
function work(seed: number, rounds: number): number {
  let x = seed | 1
  let sum = 0
  for (let round = 0; round < rounds; round++) {
    for (let i = 0; i < WORDS; i++) {
      x ^= x << 13
      x ^= x >>> 17
      x ^= x << 5
      scratch[i] = x
    }
    for (let i = 0; i < WORDS; i++) sum = (sum + (scratch[i] as number)) | 0
  }
  const message: number[] = new Array(GARBAGE_WORDS).fill(sum)
  return message[seed % GARBAGE_WORDS] as number
}

const SEED = 0x9e3779b9

/** Where a workload takes place: opens and lets go of handles, and knows how many can still be reached. */
export class Site {
  readonly #recorder: Recorder
  readonly #work: number
  #random = SEED
  #reachable = 0
  #checksum = 0
  peakRatio = 0
  peakExcess = 0
  #mostLive = 0
  #mostReachable = INITIAL_THRESHOLD

  /** @param times how often the work for each handle is done */
  constructor(recorder: Recorder, times: number) {
    this.#recorder = recorder
    this.#work = times
  }

  get checksum(): number {
    return this.#checksum
  }

  /** The most live handles, to the most that could be reached. */
  get overallPeak(): number {
    return this.#mostLive / this.#mostReachable
  }

  /** From 0 up to 1, the same sequence in every run. */
  random(): number {
    let x = this.#random
    x ^= x << 13
    x ^= x >>> 17
    x ^= x << 5
    this.#random = x
    return (x >>> 0) / 2 ** 32
  }

  /** Opens a handle and works with it. */
  open(rounds: number): FileLike {
    const handle = new FileLike()
    this.#reachable++
    this.#lookAtCount()
    this.#checksum = (this.#checksum + work(handle.dangerousGetHandle(), rounds * this.#work)) | 0
    return handle
  }

  dispose(handle: FileLike): void {
    handle.dispose()
    this.#reachable--
  }

  /** To be called when the last references to so many open handles are gone. */
  dropped(count = 1): void {
    this.#reachable -= count
  }

  #lookAtCount(): void {
    const live = liveHandles(FileLike)
    const ratio = live / Math.max(this.#reachable, INITIAL_THRESHOLD)
    const excess = live - this.#reachable
    if (ratio > this.peakRatio) this.peakRatio = ratio
    if (excess > this.peakExcess) this.peakExcess = excess
    if (live > this.#mostLive) this.#mostLive = live
    if (this.#reachable > this.#mostReachable) this.#mostReachable = this.#reachable
    this.#recorder.look(live, this.#reachable)
  }
}
