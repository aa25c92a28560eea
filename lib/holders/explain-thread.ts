import { parentPort, workerData } from 'node:worker_threads'
import { explainSnapshot } from './explain-snapshot.js'

// A snapshot is read in a thread of its own: that takes seconds, and much memory.

const { path, mapsSources } = workerData as { path: string; mapsSources: boolean }

parentPort?.postMessage(await explainSnapshot(path, { mapsSources }))
