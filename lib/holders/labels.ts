import { writeHeapSnapshot } from 'node:v8'
import { releaseTable } from '../release-table.js'
import { readWaiting } from '../tracking/stack-capture.js'
import { propertyOf, RELEASE_TABLE } from './label-names.js'

// How handles are found again in a snapshot: while it is taken, one object refers to each of them under a name,
// and names of properties are in snapshots. What that object alone holds is held by nobody.

class HoldfastHandleLabels {
  [label: string]: object
}

/** A local variable would not do: the compiler sees that nobody reads it, and the engine collects before it writes. */
const inUse = new Set<HoldfastHandleLabels>()

/**
 * Writes a heap snapshot of this thread in which the objects can be found again. The thread stands still meanwhile,
 * for about a second for each 20 MB of heap.
 *
 * @param path of the file to write
 * @param handles by a label each: handles, or their tokens
 * @throws what `v8.writeHeapSnapshot` throws
 */
export function writeLabelledSnapshot(path: string, handles: Iterable<readonly [label: string, handle: object]>): void {
  const labels = new HoldfastHandleLabels()
  labels[RELEASE_TABLE] = releaseTable
  for (const [label, handle] of handles) labels[propertyOf(label)] = handle
  // A stack that was captured and not read refers to what was on it.
  readWaiting()
  if (isSlowEngine) findLineEnds()
  inUse.add(labels)
  try {
    writeHeapSnapshot(path)
  } finally {
    inUse.delete(labels)
  }
}

const isSlowEngine = Number.parseInt(process.versions.node, 10) < 22

/**
 * The engine of Node 20 counts the lines of a script anew for each of its functions, unless it knows them: half a
 * minute for a script of 9 MB, and for its many closures in a large heap more than any of us has waited. A debugger
 * makes it learn them.
 */
function findLineEnds(): void {
  try {
    const { Session } = process.getBuiltinModule('node:inspector')
    const session = new Session()
    session.connect()
    session.post('Debugger.enable')
    session.post('Debugger.disable')
    session.disconnect()
  } catch {
    // A Node that was built without one. It takes its time.
  }
}
