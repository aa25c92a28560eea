// What the library is for, in three parts and on real work: `npm run demo`.
import { performance } from 'node:perf_hooks'
import { showDropping } from './demo/dropping.js'
import { seconds } from './demo/format.js'
import { showHashing } from './demo/hashing.js'
import { showStatistics } from './demo/statistics.js'
import { conclude, title } from './demo/terminal.js'

const start = performance.now()
title('Holdfast: native memory that cannot leak', `Node ${process.version}, ${process.platform} ${process.arch}`)

await showHashing(process.execPath)
const dropped = await showDropping()
showStatistics(dropped)
conclude(seconds(performance.now() - start))
