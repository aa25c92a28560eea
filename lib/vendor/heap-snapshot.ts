import { DevToolsAPI } from 'heap-snapshot-toolkit'

// What the DevTools of Chromium read heap snapshots with.

/** Numbers, also more of them than an array can hold. */
interface Numbers {
  getValue(index: number): number
}

/** As far as it is used here. */
export interface LoadedSnapshot {
  readonly nodes: Numbers
  readonly nodeCount: number
  readonly nodeFieldCount: number
  readonly nodeTypes: readonly string[]
  readonly nodeTypeOffset: number
  readonly nodeNameOffset: number
  readonly nodeIdOffset: number
  readonly containmentEdges: Numbers
  readonly edgeFieldsCount: number
  readonly edgeTypes: readonly string[]
  readonly edgeNameOffset: number
  readonly edgeToNodeOffset: number
  /** Where the edges of each node begin; one more at the end. */
  readonly firstEdgeIndexes: Uint32Array
  readonly strings: readonly string[]
  /** Lines and columns are 0-based. */
  getLocation(nodeIndex: number): { scriptId: number; lineNumber: number; columnNumber: number } | null
}

interface Port {
  onmessage?: (event: { data: unknown }) => void
  postMessage(message: { step: number; args: { nodeCount: number } }): void
}

interface Loader {
  readonly parsingComplete: Promise<void>
  write(text: string): void
  close(): void
  buildSnapshot(secondWorker: Port): Promise<LoadedSnapshot>
}

const { HeapSnapshotLoader } = DevToolsAPI.HeapSnapshotLoader as unknown as { HeapSnapshotLoader: new () => Loader }

/**
 * In DevTools a second thread computes what every object retains: half of the time and of the memory, and
 * nothing here asks for it. It gets an answer with nothing in it.
 */
class NoRetainedSizes implements Port {
  onmessage?: (event: { data: unknown }) => void
  #nodeCount = 0

  postMessage({ step, args }: { step: number; args: { nodeCount: number } }): void {
    if (step === 1) this.#nodeCount = args.nodeCount
    if (step !== 3) return
    const firstRetainerIndex = new Uint32Array(this.#nodeCount + 1)
    const retainedSizes = new Float64Array(this.#nodeCount)
    this.onmessage?.({ data: { resultsFromSecondWorker: { firstRetainerIndex, retainedSizes } } })
  }
}

/** @throws when the text is not a whole heap snapshot */
export async function loadSnapshot(text: AsyncIterable<string>): Promise<LoadedSnapshot> {
  const loader = new HeapSnapshotLoader()
  for await (const chunk of text) loader.write(chunk)
  loader.close()
  // For what is missing the loader waits for ever. All it has is read before the loop turns.
  const cutOff = new Promise<never>((_resolve, reject) => {
    setImmediate(() => reject(new Error('The heap snapshot is cut off, or is none.')))
  })
  await Promise.race([loader.parsingComplete, cutOff])
  return loader.buildSnapshot(new NoRetainedSizes())
}
