import { posix, win32 } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Recording } from '../recording/recording.js'
import { live } from './measures.js'
import { Numbering } from './numbering.js'
import { isAnonymous, keyOf, kindAndStackOf, type PathFrame } from './site-path.js'

// As the engine writes it with --heap-prof: the same fields in the same order, lines and columns from 0, and
// -1 where there is none. But the engine gives the line where a function begins, and this one the line of the call.

interface CallFrame {
  functionName: string
  scriptId: string
  url: string
  lineNumber: number
  columnNumber: number
}

interface ProfileNode {
  callFrame: CallFrame
  selfSize: number
  id: number
  children: ProfileNode[]
}

interface Sample {
  size: number
  nodeId: number
  ordinal: number
}

/** Live bytes at the end of the recording. The format has one weight and it is bytes: others are left out. */
export function toHeapProfile(recording: Recording): string {
  const tree = new CallTree()
  const samples: Sample[] = []
  // Samples are numbered in the order of time.
  const sites = recording.sites.filter((site) => live.bytesOf(site) > 0)
  for (const site of sites.sort((a, b) => a.firstOpenedAt - b.firstOpenedAt)) {
    const node = tree.nodeAt(kindAndStackOf(site, recording.header))
    const size = live.bytesOf(site)
    node.selfSize += size
    samples.push({ size, nodeId: node.id, ordinal: samples.length + 1 })
  }
  return JSON.stringify({ head: tree.root, samples })
}

class CallTree {
  readonly root: ProfileNode = { callFrame: codeless('(root)'), selfSize: 0, id: 1, children: [] }
  /** By parent and frame. */
  readonly #nodes = new Numbering<ProfileNode>(2)
  readonly #frames = new Numbering<CallFrame>(0)
  readonly #scripts = new Numbering<string>(1)

  nodeAt(path: readonly PathFrame[]): ProfileNode {
    return path.reduce((parent, frame) => this.#childOf(parent, frame), this.root)
  }

  #childOf(parent: ProfileNode, frame: PathFrame): ProfileNode {
    const frameNumber = this.#frames.numberOf(keyOf(frame), () => this.#callFrame(frame))
    const nodeNumber = this.#nodes.numberOf(`${parent.id}:${frameNumber}`, (id) => {
      const callFrame = this.#frames.valueWith(frameNumber)
      const node = { callFrame, selfSize: 0, id, children: [] }
      parent.children.push(node)
      return node
    })
    return this.#nodes.valueWith(nodeNumber)
  }

  #callFrame(frame: PathFrame): CallFrame {
    const { name, place } = frame
    if (place === undefined) return codeless(name)
    const url = urlOf(place.file)
    return {
      functionName: isAnonymous(frame) ? '' : name,
      scriptId: String(this.#scripts.numberOf(url, () => url)),
      url,
      lineNumber: place.line - 1,
      columnNumber: place.column - 1,
    }
  }
}

function codeless(functionName: string): CallFrame {
  return { functionName, scriptId: '0', url: '', lineNumber: -1, columnNumber: -1 }
}

/** The recording may have been made on another system. What is no path, such as `node:fs`, stays as it is. */
function urlOf(file: string): string {
  if (posix.isAbsolute(file)) return pathToFileURL(file, { windows: false }).href
  if (win32.isAbsolute(file)) return pathToFileURL(file, { windows: true }).href
  return file
}
