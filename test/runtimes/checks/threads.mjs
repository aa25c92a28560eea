import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { handleStatistics, liveHandles, NativeBuffer } from 'holdfast'
import { codeOf, imbalance } from '../../support/in-child.mjs'
import { inFolder } from '../support.mjs'

function startWorker(workerData) {
  const worker = new Worker(new URL('../fixtures/worker.mjs', import.meta.url), { workerData })
  const failures = []
  worker.on('error', (error) => failures.push(error.message))
  const exited = new Promise((resolve) => worker.once('exit', resolve))
  return { worker, failures, exited }
}

/** The thread may still be on its way out when its end has been told. */
async function processCounts() {
  const end = performance.now() + 2000
  let counts
  do {
    counts = handleStatistics({ scope: 'process' })
    await new Promise((resolve) => setTimeout(resolve, 1))
  } while (counts.live > 0 && performance.now() < end)
  return counts
}

/** A worker opens two buffers and two handles that JavaScript releases, and ends. */
function endOfWorker(ending, { code, thrown = [], released }) {
  return async () => {
    const cells = new Int32Array(new SharedArrayBuffer(16))
    const { worker, failures, exited } = startWorker({ task: 'open', ending, released: cells })
    await once(worker, 'message')
    if (ending.startsWith('terminate')) await worker.terminate()
    const exitCode = await exited
    const counts = await processCounts()
    assert.equal(imbalance(counts), 0)
    const shown = (count) => `${count} of ${counts.opened} handles`
    assert.equal(counts.live, 0, `${shown(counts.live)} still count as live after the end`)
    assert.equal(counts.liveBytes, 0)
    assert.deepEqual([cells[1], cells[2]], [released, released], 'JavaScript released other handles than promised')
    assert.deepEqual(failures, thrown)
    assert.equal(exitCode, code, `the exit code is ${exitCode}`)
  }
}

export const threads = {
  'a buffer goes to a worker and comes back, without a copy and counted': async () => {
    const buffer = new NativeBuffer(2 ** 20)
    const { bytes } = buffer
    bytes.fill(41)
    const transfer = buffer.transfer()
    assert.deepEqual([bytes.length, buffer.isDisposed], [0, true])
    const { worker, failures, exited } = startWorker({ task: 'echo', transfer })
    const [answer] = await once(worker, 'message')
    const back = NativeBuffer.receive(answer)
    assert.deepEqual([back.bytes[0], back.bytes[1], back.byteLength], [42, 41, 2 ** 20])
    assert.equal(
      codeOf(() => NativeBuffer.receive(answer)),
      'ERR_HOLDFAST_INVALID_OPERATION',
    )
    back.dispose()
    worker.postMessage('received')
    await exited
    assert.deepEqual(failures, [])
    const { transferredIn, transferredOut } = handleStatistics()
    assert.deepEqual([transferredIn, transferredOut], [1, 1])
    assert.equal((await processCounts()).live, 0)
  },

  'a transfer that nobody received goes with the thread that sent it': async () => {
    const { worker, exited } = startWorker({ task: 'leave a transfer behind' })
    const [transfer] = await once(worker, 'message')
    await exited
    await processCounts()
    // The thread may still be on its way out.
    await new Promise((resolve) => setTimeout(resolve, 100))
    assert.equal(
      codeOf(() => NativeBuffer.receive(transfer).dispose()),
      'ERR_HOLDFAST_INVALID_OPERATION',
    )
    assert.equal(liveHandles(), 0)
  },

  'a worker that runs dry releases everything': endOfWorker('dry', { code: 0, released: 1 }),
  'a worker that calls process.exit() releases everything': endOfWorker('exit', { code: 7, released: 1 }),
  'a worker that throws releases everything': endOfWorker('throw', {
    code: 1,
    thrown: ['thrown on purpose'],
    released: 1,
  }),
  'a worker that is terminated while it waits releases its memory': endOfWorker('terminate', { code: 1, released: 0 }),
  'a worker that is terminated while it reads and writes leaves no file half used': inFolder(async (folder) => {
    const path = join(folder, 'file')
    writeFileSync(path, new Uint8Array(2 ** 20).fill(1))
    const { worker, failures, exited } = startWorker({ task: 'move bytes', path })
    await once(worker, 'message')
    await worker.terminate()
    await exited
    const counts = await processCounts()
    assert.deepEqual([imbalance(counts), counts.live, counts.liveBytes], [0, 0, 0])
    // Nothing moves any more, neither into this file nor into one that got its descriptor.
    writeFileSync(path, new Uint8Array(2 ** 20).fill(2))
    await new Promise((resolve) => setTimeout(resolve, 50))
    assert.ok(readFileSync(path).every((byte) => byte === 2))
    assert.deepEqual(failures, [])
  }),
  'ten workers one after the other leave nothing behind': async () => {
    const before = handleStatistics({ scope: 'process' })
    for (let index = 0; index < 10; index++) {
      const { exited } = startWorker({
        task: 'open',
        ending: 'dry',
        released: new Int32Array(new SharedArrayBuffer(16)),
      })
      await exited
    }
    const { live, opened } = await processCounts()
    assert.deepEqual([live - before.live, opened - before.opened], [0, 40])
  },

  'a worker that is terminated while it works releases its memory': endOfWorker('terminate busy', {
    code: 1,
    released: 0,
  }),
}
