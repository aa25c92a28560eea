import { once } from 'node:events'
import { performance } from 'node:perf_hooks'
import { isMainThread, parentPort, Worker } from 'node:worker_threads'
import { type HandleTransfer, NativeBuffer } from 'holdfast'
import type { Contest } from '../../contest.js'
import {
  type Bound,
  directionOf,
  type Measure,
  type Progress,
  type Question,
  type Samples,
  type Trial,
} from '../../question.js'

const MIB = 2 ** 20
/** One below, one at and one above what makes V8 collect. */
const SIZES = [60, 64, 128]
const MUST_SHOW = 64
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

function filled(byteLength: number): ArrayBuffer {
  const buffer = new ArrayBuffer(byteLength)
  new Uint8Array(buffer).fill(1)
  return buffer
}

const OURS = 'NativeBuffer.transfer'

const WAYS: Record<string, (byteLength: number) => Way> = {
  [OURS]: (byteLength) => {
    let buffer = new NativeBuffer(byteLength)
    buffer.bytes.fill(1)
    return async (worker) => {
      worker.postMessage(buffer.transfer())
      buffer = NativeBuffer.receive(await answer<HandleTransfer>(worker))
      touch(buffer.bytes)
    }
  },
  'ArrayBuffer, transferred': (byteLength) => {
    let buffer = filled(byteLength)
    return async (worker) => {
      worker.postMessage(buffer, [buffer])
      buffer = await answer<ArrayBuffer>(worker)
      touch(new Uint8Array(buffer))
    }
  },
  'ArrayBuffer, copied': (byteLength) => {
    const buffer = filled(byteLength)
    return async (worker) => {
      worker.postMessage({ copy: buffer })
      touch(new Uint8Array((await answer<{ copy: ArrayBuffer }>(worker)).copy))
    }
  },
}

const SAMPLE = 'there and back'

async function run(way: Way, progress: Progress): Promise<Samples> {
  const worker = new Worker(new URL(import.meta.url))
  const times: number[] = []
  for (let round = -WARM_UP; round < ROUNDS; round++) {
    progress(`round ${round} of ${ROUNDS}`)
    const start = performance.now()
    await way(worker)
    if (round >= 0) times.push((performance.now() - start) * 1e6)
  }
  await worker.terminate()
  return { [SAMPLE]: { unit: 'time', values: times } }
}

const trialName = (size: number, way: string) => `${size} MiB, ${way}`

function ratios(size: number): Measure[] {
  const ratio = (label: string, way: string, against: string, bound: Bound): Measure => {
    const measure = {
      label: `${size} MiB: ${label}`,
      trial: trialName(size, way),
      of: SAMPLE,
      against: SAMPLE,
      againstTrial: trialName(size, against),
    }
    return { ...measure, ...(size === MUST_SHOW ? { bound } : { better: directionOf({ bound }) }) }
  }
  return [
    ratio('postMessage with a copy against transfer()', 'ArrayBuffer, copied', OURS, {
      atLeast: 50,
    }),
    ratio('transfer() against a transferred ArrayBuffer', OURS, 'ArrayBuffer, transferred', {
      atMost: 3,
    }),
  ]
}

const contest: Contest = (trial) => {
  const [group = '', ...way] = trial.split(', ')
  const contestant = way.join(', ')
  return { group, contestant, isOurs: contestant === OURS }
}

export const moving: Question = {
  id: 'moving',
  title: 'Moving memory to a worker and back',
  note:
    'Posted and answered; both sides write the first and the last byte. Each way has processes of its own, since copies leave ' +
    'garbage that others would have to collect; the ways take turns. V8 begins to collect when more than 64 MiB of ArrayBuffers ' +
    'have appeared since there were fewest. An ArrayBuffer over memory of an addon counts with its length and some 100 bytes ' +
    'more, one of the engine with its length: at exactly 64 MiB one crosses the line and the other does not.',
  trials: SIZES.flatMap((size) =>
    Object.entries(WAYS).map(([way, prepare]): Trial => {
      return { name: trialName(size, way), repetitions: 3, run: (progress) => run(prepare(size * MIB), progress) }
    }),
  ),
  contest,
  measures: SIZES.flatMap(ratios),
}
