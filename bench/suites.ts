import type { Question } from './question.js'
import { workloads } from './questions/collectors/index.js'
import { counting } from './questions/counting.js'
import { droppedUnviewed } from './questions/dropped-unviewed.js'
import { droppedViewed } from './questions/dropped-viewed.js'
import { fileLike } from './questions/file-like.js'
import { finalizable } from './questions/finalizable.js'
import { nativeLimit } from './questions/native-limit.js'
import { openAndDispose } from './questions/open-and-dispose.js'
import { safeHandle } from './questions/safe-handle.js'
import { standing } from './questions/standing.js'
import { sweep } from './questions/sweep.js'
import { touchEveryByte } from './questions/touch-every-byte.js'

export const SUITES: Readonly<Record<string, readonly Question[]>> = {
  core: [openAndDispose, touchEveryByte, droppedUnviewed, droppedViewed, sweep, counting, safeHandle, standing],
  collectors: [...workloads, fileLike, nativeLimit, finalizable],
}
