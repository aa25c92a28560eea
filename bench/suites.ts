import type { Question } from './question.js'
import { workloads } from './questions/collectors/index.js'
import { COLLECTORS_NOTE } from './questions/collectors/note.js'
import { counting } from './questions/counting.js'
import { droppedUnviewed } from './questions/dropped-unviewed.js'
import { droppedViewed } from './questions/dropped-viewed.js'
import { fileLike } from './questions/file-like.js'
import { finalizable } from './questions/finalizable.js'
import { testGuard } from './questions/guard.js'
import { nativeLimit } from './questions/native-limit.js'
import { openAndDispose } from './questions/open-and-dispose.js'
import { resources } from './questions/resources/index.js'
import { safeHandle } from './questions/safe-handle.js'
import { standing } from './questions/standing.js'
import { sweep } from './questions/sweep.js'
import { touchEveryByte } from './questions/touch-every-byte.js'
import { trackingLevels } from './questions/tracking.js'

export interface Suite {
  /** How it is measured and how to read it, for the report. */
  readonly note: string
  readonly questions: readonly Question[]
}

const ROUNDS_NOTE =
  'Contestants take turns in one process, in rounds whose order rotates; a ratio is the median of the ratios within ' +
  'each round. A turn ends with a minor collection and a turn of the event loop, inside its time, so each ' +
  'contestant pays for what it leaves behind. Rounds for warming up do not count. Where memory is measured, each ' +
  'contestant has a process of its own.'

const core: Suite = {
  note: ROUNDS_NOTE,
  questions: [openAndDispose, touchEveryByte, droppedUnviewed, droppedViewed, sweep, counting, safeHandle, standing],
}

const collectors: Suite = {
  note: COLLECTORS_NOTE,
  questions: [...workloads, fileLike, nativeLimit, finalizable],
}

export const SUITES: Readonly<Record<string, Suite>> = {
  core,
  collectors,
  resources: { note: ROUNDS_NOTE, questions: resources },
  tracking: { note: ROUNDS_NOTE, questions: [trackingLevels, testGuard] },
}
