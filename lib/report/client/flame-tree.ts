import { type Frame, NO_STACK, placeOf, type ReportModel, type Site } from './report-model.js'

/** What the width of a frame stands for. */
export type Measure = 'live' | 'leaked' | 'churned'
export type Unit = 'bytes' | 'handles'

/** Whose code a frame is. */
export type Origin = 'root' | 'program' | 'dependency' | 'runtime' | 'kind'

/** A frame of the flame graph; the innermost one of each stack is the kind that was opened. */
export interface FlameNode {
  name: string
  /** Where it is, such as `src/server.js:41`; empty where that says nothing. */
  place: string
  origin: Origin
  /** Of a kind: the site that it stands for. */
  site: Site | undefined
  value: number
  children: FlameNode[]
}

const AMOUNTS: Record<Measure, Record<Unit, (site: Site) => number>> = {
  live: { bytes: (site) => site.liveBytes, handles: (site) => site.live },
  leaked: { bytes: (site) => site.leakedBytes, handles: (site) => site.leaked },
  churned: { bytes: (site) => site.openedBytes, handles: (site) => site.opened },
}

/** The tree of creation stacks, the outermost frame at its root. Frames that nothing was opened in are left out. */
export function flameTree(model: ReportModel, measure: Measure, unit: Unit): FlameNode {
  const amountOf = AMOUNTS[measure][unit]
  const root = flameNode('all', '', 'root')
  const nodes = new Map<number, FlameNode>()
  const { parents } = model.data.stacks

  const nodeAt = (index: number): FlameNode => {
    const known = nodes.get(index)
    if (known !== undefined) return known
    const frame = model.frameOfNode(index)
    const node = flameNode(frame.functionName, placeOf(frame), originOf(frame))
    const parent = parents[index] as number
    ;(parent < 0 ? root : nodeAt(parent)).children.push(node)
    nodes.set(index, node)
    return node
  }
  let unknown: FlameNode | undefined
  const withoutStack = () => {
    if (unknown === undefined) {
      unknown = flameNode(NO_STACK, '', 'runtime')
      root.children.push(unknown)
    }
    return unknown
  }

  for (const site of model.sites) {
    const value = amountOf(site)
    if (value <= 0) continue
    const parent = site.node < 0 ? withoutStack() : nodeAt(site.node)
    parent.children.push({ ...flameNode(site.kind, site.place, 'kind'), site, value })
  }
  addUp(root)
  return root
}

/** How much of the whole is in frames that match, and below them; and how many frames match. */
export function matchIn(root: FlameNode, matches: (node: FlameNode) => boolean): { frames: number; share: number } {
  let frames = 0
  let value = 0
  const visit = (node: FlameNode, counted: boolean) => {
    const matched = matches(node)
    if (matched) {
      frames++
      if (!counted) value += node.value
    }
    for (const child of node.children) visit(child, counted || matched)
  }
  visit(root, false)
  return { frames, share: root.value === 0 ? 0 : value / root.value }
}

/** How many rows the tree takes. */
export function depthOf({ children }: FlameNode): number {
  return 1 + children.reduce((deepest, child) => Math.max(deepest, depthOf(child)), 0)
}

/** Whether what was typed is in the name or the place of a frame, or in the name of a kind, whatever its case. */
export function matcher(term: string): (node: FlameNode) => boolean {
  const wanted = term.trim().toLowerCase()
  return ({ name, place, origin }) => {
    const text = origin === 'kind' ? name : `${name} ${place}`
    return wanted !== '' && origin !== 'root' && text.toLowerCase().includes(wanted)
  }
}

function flameNode(name: string, place: string, origin: Origin): FlameNode {
  return { name, place, origin, site: undefined, value: 0, children: [] }
}

/** Widest first, as they are looked at. */
function addUp(node: FlameNode): number {
  if (node.children.length > 0) {
    node.value = node.children.reduce((sum, child) => sum + addUp(child), 0)
    node.children.sort((a, b) => b.value - a.value)
  }
  return node.value
}

function originOf({ file }: Frame): Origin {
  if (/(^|[\\/])node_modules[\\/]/.test(file)) return 'dependency'
  return /^(node|bun|deno|ext|internal):/.test(file) || file === '' || file === 'native' ? 'runtime' : 'program'
}
