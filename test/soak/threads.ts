import { parentPort, Worker, workerData } from 'node:worker_threads'
import { type HandleTransfer, NativeBuffer } from 'holdfast'
import { Ledger } from './ledger.js'
import { sizeOf } from './operations.js'
import type { WorkerPlan } from './plan.js'
import { complain, type Workshop } from './workshop.js'

// How threads are started, and what they send each other.

export interface Assignment {
  readonly folder: string
  readonly name: string
  readonly thread: number
  readonly ledger: SharedArrayBuffer
  readonly plan: WorkerPlan
}

export const assignment = workerData as Assignment

/** A buffer on its way, and what each of its bytes is. */
export interface Parcel {
  readonly transfer: HandleTransfer
  readonly byte: number
}

/** @returns undefined when the limit leaves no room for one */
export function makeParcel(amount: number): Parcel | undefined {
  try {
    const buffer = new NativeBuffer(sizeOf(amount))
    const byte = amount % 256
    buffer.bytes.fill(byte)
    return { transfer: buffer.transfer(), byte }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_MEMORY_ALLOCATION_FAILED') return undefined
    throw error
  }
}

/** @returns undefined when somebody else was faster, or the sender has ended */
export function open({ transfer, byte }: Parcel): NativeBuffer | undefined {
  let buffer: NativeBuffer
  try {
    buffer = NativeBuffer.receive(transfer)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ERR_HOLDFAST_INVALID_OPERATION') return undefined
    throw error
  }
  const { bytes } = buffer
  if (bytes.length !== transfer.byteLength || bytes.some((one) => one !== byte)) {
    complain(`a buffer of ${transfer.byteLength} bytes has not arrived as it was sent`)
  }
  return buffer
}

/** A worker of a lap, from the outside. */
export class Colleague {
  readonly plan: WorkerPlan
  readonly thread: number
  readonly ended: Promise<void>
  isRunning = true
  /** From then on JavaScript may not have released what it had. */
  wasTerminated = false
  /** The runtime leaves the modules open that a terminated worker was loading. */
  readonly #loaded: Promise<unknown>
  readonly #worker: Worker
  #messages = 0

  constructor(assignment: Assignment, workshop: Workshop) {
    this.plan = assignment.plan
    this.thread = assignment.thread
    this.#worker = new Worker(new URL('./worker.js', import.meta.url), { workerData: assignment })
    this.#loaded = new Promise((resolve) => this.#worker.once('message', resolve))
    this.#worker.on('message', (parcel: Parcel | undefined) => this.#receive(parcel, workshop))
    this.#worker.on('error', (error) => {
      if (error.message !== 'thrown on purpose') complain(`a worker has failed: ${error.stack}`)
    })
    this.ended = new Promise((resolve) => {
      this.#worker.once('exit', () => {
        this.isRunning = false
        resolve()
      })
    })
  }

  send(parcel: Parcel): void {
    this.#worker.postMessage(parcel)
  }

  terminate(): void {
    if (!this.isRunning) return
    this.wasTerminated = true
    void this.#loaded.then(() => this.#worker.terminate())
  }

  /** Of what arrives, some is left lying: it goes with its sender. */
  #receive(parcel: Parcel | undefined, { places, thread, ledger }: Workshop): void {
    this.#messages++
    if (this.plan.ending === 'terminate' && this.#messages > this.plan.batches.length / 2) this.terminate()
    if (parcel !== undefined && this.#messages % 3 > 0)
      places[(thread + ledger.operations) % places.length] = open(parcel)
  }
}

/** A worker of a lap, from the inside. */
export function receiveInWorker({ places }: Workshop): void {
  let received = 0
  parentPort?.on('message', (parcel: Parcel) => {
    places[received++ % places.length] = open(parcel)
  })
}

export function ledgerOf({ ledger }: Assignment): Ledger {
  return new Ledger(ledger)
}
