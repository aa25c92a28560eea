import { testGuard } from '../questions/guard.js'
import { recording } from '../questions/recording.js'
import { trackingLevels } from '../questions/tracking.js'
import { ROUNDS_NOTE, type Suite } from './suite.js'

export const suite: Suite = { note: ROUNDS_NOTE, questions: [trackingLevels, testGuard, recording] }
