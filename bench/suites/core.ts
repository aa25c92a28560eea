import { counting } from '../questions/counting.js'
import { droppedUnviewed } from '../questions/dropped-unviewed.js'
import { droppedViewed } from '../questions/dropped-viewed.js'
import { openAndDispose } from '../questions/open-and-dispose.js'
import { safeHandle } from '../questions/safe-handle.js'
import { standing } from '../questions/standing.js'
import { sweep } from '../questions/sweep.js'
import { touchEveryByte } from '../questions/touch-every-byte.js'
import { ROUNDS_NOTE, type Suite } from './suite.js'

export const suite: Suite = {
  note: ROUNDS_NOTE,
  questions: [openAndDispose, touchEveryByte, droppedUnviewed, droppedViewed, sweep, counting, safeHandle, standing],
}
