import { collection } from './collection.mjs'
import { endings } from './endings.mjs'
import { files } from './files.mjs'
import { handles } from './handles.mjs'
import { memory } from './memory.mjs'
import { threads } from './threads.mjs'
import { tools } from './tools.mjs'

/** What a runtime is asked, by group: each group has a process of its own. */
export const GROUPS = { handles, collection, memory, files, threads, endings, tools }
