import { once } from 'node:events'
import { writeSync } from 'node:fs'
import { Worker } from 'node:worker_threads'
import { FAULTS } from './faults.js'
import { LapRun } from './lap.js'
import { planRound } from './plan.js'

// A process that runs the laps of a seed, and reports after each.
//
//   node round.js <folder> <name> <seed> <laps> [fault]

const [folder = '', name = '', seed, laps, fault] = process.argv.slice(2)

// With its first worker the runtime opens a descriptor that it keeps, and the first lap may have none.
await once(new Worker('', { eval: true }), 'exit')

for (const [index, lap] of planRound(Number(seed), Number(laps)).entries()) {
  const run = new LapRun(lap, { folder, name: `${name}-${index}` })
  await run.run()
  if (fault !== undefined) FAULTS[fault]?.({ folder, name })
  writeSync(1, `${JSON.stringify(await run.finish())}\n`)
}
