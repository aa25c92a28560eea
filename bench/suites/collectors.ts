import { workloads } from '../questions/collectors/index.js'
import { COLLECTORS_NOTE } from '../questions/collectors/note.js'
import { fileLike } from '../questions/file-like.js'
import { finalizable } from '../questions/finalizable.js'
import { nativeLimit } from '../questions/native-limit.js'
import type { Suite } from './suite.js'

export const suite: Suite = {
  note: COLLECTORS_NOTE,
  questions: [...workloads, fileLike, nativeLimit, finalizable],
}
