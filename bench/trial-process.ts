// Runs one trial and sends what it brought back to the process that asked.
//
//   node --expose-gc trial-process.js <suite> <question> <trial>

import type { Samples, Series } from './question.js'
import { SUITES } from './suites.js'

export type TrialMessage = { readonly progress: string } | { readonly series: Series } | { readonly samples: Samples }

/** Resolves when the message is on its way: one that is not would be lost with this process. */
function tell(message: TrialMessage): Promise<void> {
  return new Promise((resolve, reject) => {
    if (process.send === undefined) throw new Error('This program is started by the benchmark, not by hand.')
    process.send(message, (error: Error | null) => (error === null ? resolve() : reject(error)))
  })
}

const [suite = '', questionId, trialName] = process.argv.slice(2)
const question = SUITES[suite]?.questions.find(({ id }) => id === questionId)
const trial = question?.trials.find(({ name }) => name === trialName)
if (trial === undefined) throw new Error(`There is no trial "${trialName}" of "${questionId}" in suite "${suite}".`)

const samples = await trial.run(
  (progress) => void tell({ progress }),
  (series) => void tell({ series }),
)
await tell({ samples })
process.disconnect?.()
