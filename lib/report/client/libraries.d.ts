// What comes without types: styles, which esbuild puts beside the script, and what is used of one library.

declare module '*.css'

declare module 'd3-flame-graph' {
  import type { Selection } from 'd3-selection'

  /** A frame as the library lays it out: what it was given, and where it is. */
  interface Frame<Data> {
    data: Data
    parent: Frame<Data> | null
    children?: Frame<Data>[]
    depth: number
    x0: number
    x1: number
    highlight?: boolean
  }

  interface Tooltip<Data> {
    (): void
    show(event: MouseEvent, frame: Frame<Data>): void
    hide(): void
  }

  interface FlameGraph<Data> {
    (selection: Selection<HTMLElement, Data, null, undefined>): void
    width(pixels: number): this
    height(pixels: number): this
    cellHeight(pixels: number): this
    minFrameSize(pixels: number): this
    inverted(inverted: boolean): this
    transitionDuration(milliseconds: number): this
    getName(name: (frame: Frame<Data>) => string): this
    setLabelHandler(label: (frame: Frame<Data>) => string): this
    setColorMapper(color: (frame: Frame<Data>, original: string) => string): this
    setSearchMatch(matches: (frame: Frame<Data>, term: string) => boolean): this
    setSearchHandler(handler: () => void): this
    tooltip(tooltip: Tooltip<Data>): this
    onClick(listener: (frame: Frame<Data>) => void): this
    search(term: string): void
    clear(): void
    zoomTo(frame: Frame<Data>): void
    resetZoom(): void
    update(): this
    destroy(): this
  }

  export default function flamegraph<Data>(): FlameGraph<Data>
}
