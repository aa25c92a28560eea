import { mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { describeThrown, InvalidOperationError } from '../errors.js'
import { isFinalizable } from '../finalization.js'
import { invalidType } from '../validate.js'
import type { Retention } from './explain-snapshot.js'
import { writeLabelledSnapshot } from './labels.js'

/**
 * Says why a handle is alive: what refers to it, what refers to that, and so on, up to something that the program
 * has a name for. Local variables of the functions that are running, as those of the caller, are only told where
 * nothing else holds the handle.
 *
 * The engine writes a snapshot of the heap for this. The thread stands still meanwhile: about a second for each
 * 20 MB of heap. The file, a little larger than the heap, is in the folder for temporary files; it is read in another
 * thread, which takes as long again, and deleted.
 *
 * @param handle one of the library's handles, or an object of a class that extends one
 * @returns undefined when the engine has left the handle out of the snapshot
 * @throws TypeError when it is no handle
 * @throws InvalidOperationError where the runtime writes no such snapshots, or the file cannot be written or read;
 *   all of them reject the promise
 */
export async function explain(handle: object): Promise<Retention | undefined> {
  checkHandle(handle)
  const folder = makeFolder()
  try {
    const path = join(folder, 'handle.heapsnapshot')
    // Before anything is awaited: whoever waits for this has the handle in a variable that would be found.
    write(path, handle)
    const retentions = await explainInThread(path)
    return retentions.get(LABEL)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

const LABEL = '0'

function checkHandle(handle: unknown): void {
  const isHandle = typeof handle === 'object' && handle !== null && isFinalizable(handle)
  if (!isHandle) throw invalidType('handle', 'a handle of this library', handle)
}

function makeFolder(): string {
  try {
    return mkdtempSync(join(tmpdir(), 'holdfast-'))
  } catch (cause) {
    throw cannotWrite(cause)
  }
}

function write(path: string, handle: object): void {
  if (process.versions['bun'] !== undefined) throw noSnapshots()
  try {
    writeLabelledSnapshot(path, [[LABEL, handle]])
  } catch (cause) {
    throw process.versions['deno'] === undefined ? cannotWrite(cause) : noSnapshots(cause)
  }
}

function noSnapshots(cause?: unknown): InvalidOperationError {
  return new InvalidOperationError(
    'This runtime does not write heap snapshots in which a handle can be found. Run the same program with Node.js, or look at a heap snapshot in the tools of the runtime.',
    cause === undefined ? {} : { cause },
  )
}

function cannotWrite(cause: unknown): InvalidOperationError {
  return new InvalidOperationError(
    `A heap snapshot cannot be written to ${tmpdir()}: ${describeThrown(cause)}. Set TMPDIR to a folder with as much room as the heap has bytes.`,
    { cause },
  )
}

/** What was given to the program's threads, to preload or to watch, is not meant for this one. */
function explainInThread(path: string): Promise<ReadonlyMap<string, Retention>> {
  const thread = new Worker(new URL('./explain-thread.js', import.meta.url), {
    workerData: { path, mapsSources: process.sourceMapsEnabled },
    execArgv: [],
    env: {},
  })
  return new Promise((resolve, reject) => {
    const fail = (cause: unknown) =>
      reject(new InvalidOperationError(`The heap snapshot cannot be read: ${describeThrown(cause)}.`, { cause }))
    thread.once('message', resolve)
    thread.once('error', fail)
    thread.once('exit', (code) => fail(new Error(`the thread that reads it ended with code ${code}`)))
  })
}
