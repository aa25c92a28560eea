// Runs one trial and sends what it brought back to the process that asked.
//
//   node --expose-gc trial-process.js <suite> <question> <trial> [quickly]

import type { Samples, Series } from './question.js'
import type { Suite } from './suites/suite.js'

export type TrialMessage = { readonly progress: string } | { readonly series: Series } | { readonly samples: Samples }

/** Resolves when the message is on its way: one that is not would be lost with this process. */
function tell(message: TrialMessage): Promise<void> {
  return new Promise((resolve, reject) => {
    if (process.send === undefined) throw new Error('This program is started by the benchmark, not by hand.')
    process.send(message, (error: Error | null) => (error === null ? resolve() : reject(error)))
  })
}

const [suiteName, questionId, trialName, manner] = process.argv.slice(2)
// Of the other suites nothing: their peers alone would double the heap and the memory that is measured.
const { suite } = (await import(`./suites/${suiteName}.js`)) as { suite: Suite }
const question = suite.questions.find(({ id }) => id === questionId)
const trial = question?.trials.find(({ name }) => name === trialName)
if (trial === undefined) throw new Error(`There is no trial "${trialName}" of "${questionId}" in suite "${suiteName}".`)

const progress = (text: string) => void tell({ progress: text })
const keep = (series: Series) => void tell({ series })
if (manner === 'quickly' && trial.runQuickly === undefined) throw new Error(`"${trialName}" has no quick manner.`)
const samples = await (manner === 'quickly' ? trial.runQuickly?.(progress) : trial.run(progress, keep))
if (samples !== undefined) await tell({ samples })
process.disconnect?.()
