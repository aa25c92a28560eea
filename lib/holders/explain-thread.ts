import { parentPort, workerData } from 'node:worker_threads'
import { explainSnapshot } from './explain-snapshot.js'

// A snapshot is read in a thread of its own: that takes seconds, and much memory.

const { path, directory } = workerData as { path: string; directory: string }

parentPort?.postMessage(await explainSnapshot(path, directory))
