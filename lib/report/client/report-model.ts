import type { LeakClass } from '../../recording/leak-class.js'
import type { ReportData, SiteNumber } from '../report-data.js'

export interface Frame {
  functionName: string
  file: string
  line: number
  column: number
}

/** A site, as tables and details show it. */
export type Site = Record<SiteNumber, number> & {
  /** In the order of the recording. */
  index: number
  kind: string
  /** The node of its innermost frame in the tree of stacks, or -1. */
  node: number
  /** Such as `src/server.js:41`. */
  place: string
  functionName: string
  /** Finalized or still live: nobody has disposed of them. */
  leaked: number
  leakedBytes: number
  meanLifetime: number | undefined
  heldBy: readonly string[]
  /** What is wrong with it; undefined: nothing. */
  leakClass: LeakClass | undefined
}

export const NO_STACK = '(no stack recorded)'

/** What is known of a recording, unpacked. */
export class ReportModel {
  readonly data: ReportData
  readonly sites: Site[]
  readonly #texts = new Map<number, string>()

  constructor(data: ReportData) {
    this.data = data
    this.sites = data.sites.kind.map((_, index) => this.#site(index))
  }

  /** Whether any site has a stack: with the level `counts` none has. */
  get hasStacks(): boolean {
    return this.data.stacks.parents.length > 0
  }

  frame(index: number): Frame {
    const { strings, functionNames, files, lines, columns } = this.data.stacks
    return {
      functionName: strings[functionNames[index] as number] || '(anonymous)',
      file: strings[files[index] as number] as string,
      line: lines[index] as number,
      column: columns[index] as number,
    }
  }

  frameOfNode(node: number): Frame {
    return this.frame(this.data.stacks.frames[node] as number)
  }

  /** The stack that ends in a node, innermost frame first. */
  stack(node: number): Frame[] {
    const frames: Frame[] = []
    for (let at = node; at >= 0; at = this.data.stacks.parents[at] as number) frames.push(this.frameOfNode(at))
    return frames
  }

  /** The function that opened, and the one that called it: what tells apart the sites of one line. */
  callersOf({ node, functionName }: Site): string {
    const caller = node < 0 ? -1 : (this.data.stacks.parents[node] as number)
    return caller < 0 ? functionName : `${functionName} ← ${this.frameOfNode(caller).functionName}`
  }

  /** What a filter looks in, in lower case: the kind, and every frame. */
  searchText(site: Site): string {
    return `${site.kind.toLowerCase()}\n${this.#textOfNode(site.node)}`
  }

  // Sites share their outer frames, so their texts are made once.
  #textOfNode(node: number): string {
    if (node < 0) return ''
    const known = this.#texts.get(node)
    if (known !== undefined) return known
    const frame = this.frameOfNode(node)
    const own = `${frame.functionName} ${placeOf(frame)}`.toLowerCase()
    const text = `${own}\n${this.#textOfNode(this.data.stacks.parents[node] as number)}`
    this.#texts.set(node, text)
    return text
  }

  #site(index: number): Site {
    const { sites } = this.data
    const node = sites.stack[index] as number
    const frame = node < 0 ? undefined : this.frameOfNode(node)
    const number = (name: SiteNumber) => sites[name][index] as number
    return {
      index,
      kind: sites.kind[index] as string,
      node,
      place: frame === undefined ? NO_STACK : placeOf(frame),
      functionName: frame?.functionName ?? '',
      opened: number('opened'),
      openedBytes: number('openedBytes'),
      disposed: number('disposed'),
      finalized: number('finalized'),
      finalizedBytes: number('finalizedBytes'),
      transferred: number('transferred'),
      live: number('live'),
      liveBytes: number('liveBytes'),
      peakLive: number('peakLive'),
      peakLiveBytes: number('peakLiveBytes'),
      firstOpenedAt: number('firstOpenedAt'),
      lastOpenedAt: number('lastOpenedAt'),
      leaked: number('live') + number('finalized'),
      leakedBytes: number('liveBytes') + number('finalizedBytes'),
      meanLifetime: sites.meanLifetime[index] ?? undefined,
      heldBy: sites.heldBy[index] as readonly string[],
      leakClass: sites.leakClass[index] ?? undefined,
    }
  }
}

export function placeOf({ file, line }: { file: string; line: number }): string {
  return `${file}:${line}`
}
