import type { Frame } from 'd3-flame-graph'
import { select } from 'd3-selection'
import type { FlameNode } from './flame-tree.js'
import { hideTooltip } from './tooltip.js'

interface Handlers {
  zoom: (frame: Frame<FlameNode>) => void
  reset: () => void
  describe: (frame: Frame<FlameNode>) => string
  /** Beside the box that a frame has in the window. */
  showTooltip: (frame: Frame<FlameNode>, box: DOMRect) => void
}

/** Makes a flame graph a tree that the keyboard moves in: one of its frames can be reached by Tab, the others by arrows. */
export class FrameKeys {
  readonly #host: HTMLElement
  readonly #handlers: Handlers
  #elements = new Map<Frame<FlameNode>, SVGGElement>()
  #current: Frame<FlameNode> | undefined

  /** Listens to a host: once for all its frames, of which there may be thousands. */
  constructor(host: HTMLElement, handlers: Handlers) {
    this.#host = host
    this.#handlers = handlers
    host.addEventListener('keydown', (event) => this.#withFrame(event, (frame) => this.#onKey(event, frame)))
    host.addEventListener('focusin', (event) => this.#withFrame(event, (frame) => this.#focused(frame)))
    host.addEventListener('focusout', hideTooltip)
  }

  /** Has to be called whenever the graph was drawn anew: it knows nothing of what is set here. */
  attach(current = this.#current): void {
    const elements = new Map<Frame<FlameNode>, SVGGElement>()
    select(this.#host)
      .select('svg')
      .attr('role', 'tree')
      .attr('aria-label', 'Flame graph of native memory by creation stack')
      .selectAll<SVGGElement, Frame<FlameNode>>('g')
      .each((frame, index, nodes) => {
        elements.set(frame, nodes[index] as SVGGElement)
      })
      .attr('role', 'treeitem')
      .attr('aria-level', ({ depth }) => depth + 1)
      .attr('aria-label', (frame) => this.#handlers.describe(frame))
      .attr('tabindex', -1)
    this.#elements = elements
    // A graph has one frame at least, that of the whole.
    const [first] = elements.keys()
    this.#setCurrent(current !== undefined && elements.has(current) ? current : (first as Frame<FlameNode>))
  }

  #withFrame(event: Event, use: (frame: Frame<FlameNode>) => void): void {
    // Nothing but frames can have the focus here.
    const group = (event.target as Element).closest('g') as SVGGElement
    use(select<SVGGElement, Frame<FlameNode>>(group).datum())
  }

  #setCurrent(frame: Frame<FlameNode>): void {
    if (this.#current !== undefined) this.#elements.get(this.#current)?.setAttribute('tabindex', '-1')
    this.#current = frame
    this.#elements.get(frame)?.setAttribute('tabindex', '0')
  }

  #focused(frame: Frame<FlameNode>): void {
    this.#setCurrent(frame)
    const element = this.#elements.get(frame)
    // Not for a click: the pointer has a tooltip of its own.
    if (element?.matches(':focus-visible')) this.#handlers.showTooltip(frame, element.getBoundingClientRect())
  }

  #onKey(event: KeyboardEvent, frame: Frame<FlameNode>): void {
    switch (event.key) {
      case 'ArrowDown':
        this.#moveTo(frame.children?.find((child) => this.#elements.has(child)))
        break
      case 'ArrowUp':
        this.#moveTo(frame.parent)
        break
      case 'ArrowRight':
        this.#moveTo(this.#beside(frame, 1))
        break
      case 'ArrowLeft':
        this.#moveTo(this.#beside(frame, -1))
        break
      case 'Enter':
      case ' ':
        this.#handlers.zoom(frame)
        this.#moveTo(frame)
        break
      case 'Escape':
        this.#handlers.reset()
        this.#moveTo(frame)
        break
      default:
        return
    }
    event.preventDefault()
  }

  /** The next frame of the same row. */
  #beside({ depth, x0 }: Frame<FlameNode>, direction: 1 | -1): Frame<FlameNode> | undefined {
    const row = [...this.#elements.keys()].filter((frame) => frame.depth === depth && direction * (frame.x0 - x0) > 0)
    row.sort((a, b) => direction * (a.x0 - b.x0))
    return row[0]
  }

  /** Where there is none, the focus stays. */
  #moveTo(frame: Frame<FlameNode> | null | undefined): void {
    if (frame) this.#elements.get(frame)?.focus()
  }
}
