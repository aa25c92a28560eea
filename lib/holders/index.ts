export type { Step } from './describe-path.js'
export { explain } from './explain.js'
export { type ExplainOptions, explainSnapshot, type Retention } from './explain-snapshot.js'
export { writeLabelledSnapshot } from './labels.js'
