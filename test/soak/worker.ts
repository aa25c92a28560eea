import { setImmediate as turn } from 'node:timers/promises'
import { parentPort } from 'node:worker_threads'
import { assignment, ledgerOf, makeParcel, receiveInWorker } from './threads.js'
import { Workshop } from './workshop.js'

// A thread that works through its batches, sends something after each, and ends as planned, with whatever it has open.

const { plan, thread } = assignment
const workshop = new Workshop(assignment, thread, ledgerOf(assignment))

receiveInWorker(workshop)
for (const batch of plan.batches) {
  workshop.run(batch)
  parentPort?.postMessage(makeParcel(batch[0]?.[2] ?? 0))
  await turn()
}
switch (plan.ending) {
  case 'return':
    parentPort?.close()
    break
  case 'exit':
    process.exit()
    break
  case 'throw':
    setImmediate(() => {
      throw new Error('thrown on purpose')
    })
    break
  case 'terminate':
    break // the listener keeps it until then
}
