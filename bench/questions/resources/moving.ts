import { once } from 'node:events'
import { performance } from 'node:perf_hooks'
import { isMainThread, parentPort, Worker } from 'node:worker_threads'
import { type HandleTransfer, NativeBuffer } from 'holdfast'
import type { Progress, Question, Samples } from '../../question.js'

const BYTES = 2 ** 26
const ROUNDS = 21
const WARM_UP = 3

type Message = HandleTransfer | ArrayBuffer | { copy: ArrayBuffer }

/** Both sides write into the memory, so that each has to have it. */
function touch(bytes: Uint8Array): void {
  bytes[0] = ((bytes[0] as number) + 1) & 0xff
  bytes[bytes.length - 1] = bytes[0]
}

if (!isMainThread) {
  parentPort?.on('message', (message: Message) => {
    if (message instanceof ArrayBuffer) {
      touch(new Uint8Array(message))
      parentPort?.postMessage(message, [message])
    } else if ('copy' in message) {
      touch(new Uint8Array(message.copy))
      parentPort?.postMessage(message)
    } else {
      const buffer = NativeBuffer.receive(message)
      touch(buffer.bytes)
      parentPort?.postMessage(buffer.transfer())
    }
  })
}

type Way = (worker: Worker) => Promise<void>

async function answer<T extends Message>(worker: Worker): Promise<T> {
  const [message] = await once(worker, 'message')
  return message as T
}

function ways(): Record<string, Way> {
  let native = new NativeBuffer(BYTES)
  native.bytes.fill(1)
  let moved = new ArrayBuffer(BYTES)
  new Uint8Array(moved).fill(1)
  const copied = new ArrayBuffer(BYTES)
  new Uint8Array(copied).fill(1)
  return {
    'NativeBuffer.transfer': async (worker) => {
      worker.postMessage(native.transfer())
      native = NativeBuffer.receive(await answer<HandleTransfer>(worker))
      touch(native.bytes)
    },
    'ArrayBuffer, transferred': async (worker) => {
      worker.postMessage(moved, [moved])
      moved = await answer<ArrayBuffer>(worker)
      touch(new Uint8Array(moved))
    },
    'ArrayBuffer, copied': async (worker) => {
      worker.postMessage({ copy: copied })
      touch(new Uint8Array((await answer<{ copy: ArrayBuffer }>(worker)).copy))
    },
  }
}

async function run(progress: Progress): Promise<Samples> {
  const worker = new Worker(new URL(import.meta.url))
  const entries = Object.entries(ways())
  const times = new Map<string, number[]>(entries.map(([name]) => [name, []]))
  for (let round = -WARM_UP; round < ROUNDS; round++) {
    progress(`round ${round} of ${ROUNDS}`)
    for (let place = 0; place < entries.length; place++) {
      const [name, way] = entries[(place + round + WARM_UP) % entries.length] as [string, Way]
      const start = performance.now()
      await way(worker)
      if (round >= 0) times.get(name)?.push((performance.now() - start) * 1e6)
    }
  }
  await worker.terminate()
  return Object.fromEntries([...times].map(([name, values]) => [name, { unit: 'time', values }]))
}

const TRIAL = '64 MiB, to a worker and back'

export const moving: Question = {
  id: 'moving',
  title: 'Moving memory to a worker and back',
  note: '64 MiB, of which both sides write the first and the last byte. Posted and answered, once in each round.',
  trials: [{ name: TRIAL, run }],
  measures: [
    {
      label: 'postMessage with a copy against transfer()',
      trial: TRIAL,
      of: 'ArrayBuffer, copied',
      against: 'NativeBuffer.transfer',
      bound: { atLeast: 50 },
    },
    {
      label: 'transfer() against a transferred ArrayBuffer',
      trial: TRIAL,
      of: 'NativeBuffer.transfer',
      against: 'ArrayBuffer, transferred',
      bound: { atMost: 3 },
    },
  ],
}
