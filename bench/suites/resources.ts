import { resources } from '../questions/resources/index.js'
import { ROUNDS_NOTE, type Suite } from './suite.js'

export const suite: Suite = { note: ROUNDS_NOTE, questions: resources }
