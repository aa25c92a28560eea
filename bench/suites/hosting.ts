import { hosting } from '../questions/hosting/index.js'
import { ROUNDS_NOTE, type Suite } from './suite.js'

export const suite: Suite = { note: ROUNDS_NOTE, questions: hosting }
