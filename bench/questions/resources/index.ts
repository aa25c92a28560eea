import type { Question } from '../../question.js'
import { allocation } from './allocation.js'
import { arenaBlocks } from './arena.js'
import { descriptors } from './descriptors.js'
import { mappedRecords } from './mapped-records.js'
import { moving } from './moving.js'
import { offLoop } from './off-loop.js'
import { secret } from './secret.js'
import { wholeFile } from './whole-file.js'

export const resources: readonly Question[] = [
  arenaBlocks,
  allocation,
  mappedRecords,
  wholeFile,
  moving,
  secret,
  offLoop,
  descriptors,
]
