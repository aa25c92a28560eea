import flamegraph, { type FlameGraph, type Frame } from 'd3-flame-graph'
import { select } from 'd3-selection'
import { byId, choice, element, prose, searchField } from './dom.js'
import { FrameKeys } from './flame-keys.js'
import { depthOf, type FlameNode, flameTree, type Measure, matcher, matchIn, type Unit } from './flame-tree.js'
import { bytes, count, handles, percent } from './format.js'
import type { ReportModel, Site } from './report-model.js'
import { hideTooltip, showTooltip, tooltipLine } from './tooltip.js'

const ROW_HEIGHT = 22
/** Narrower frames cannot be seen, and cost time. */
const NARROWEST_FRAME = 3

const NOTHING: Record<Measure, string> = {
  live: 'Nothing was open at the end.',
  leaked: 'Nothing leaked: every handle was disposed of.',
  churned: 'Nothing was opened.',
}

interface Actions {
  openSite: (site: Site) => void
  /** Shows the sites below a frame in the table. */
  listSites: (filter: string) => void
}

export function showFlameGraph(model: ReportModel, colorOf: (kind: string) => string, actions: Actions): void {
  const section = byId('flame-graph')
  if (model.sites.length === 0) {
    section.append(element('p', { class: 'empty' }, 'No handles were opened.'))
  } else if (!model.hasStacks) {
    section.append(element('p', { class: 'empty' }, prose(levelAdvice(model))))
  } else {
    new FlameView(section, model, colorOf, actions)
  }
}

function levelAdvice({ data: { header } }: ReportModel): string {
  return (
    `The level \`${header.level}\` records no creation stacks. To see where handles come from, record again with ` +
    `\`holdfast run --level full\`, or \`--level sampled\` where speed matters.`
  )
}

class FlameView {
  readonly #model: ReportModel
  readonly #colorOf: (kind: string) => string
  readonly #actions: Actions
  readonly #host: HTMLElement = element('div', { class: 'flames' })
  readonly #matches = element('output', { class: 'matches' })
  readonly #focused = element('div', { class: 'focused', role: 'status' })
  readonly #reset: HTMLButtonElement
  readonly #search: HTMLInputElement
  readonly #keys: FrameKeys
  #measure: Measure
  #unit: Unit = 'bytes'
  #tree: FlameNode
  #graph: FlameGraph<FlameNode> | undefined
  #width = 0

  constructor(section: HTMLElement, model: ReportModel, colorOf: (kind: string) => string, actions: Actions) {
    this.#model = model
    this.#colorOf = colorOf
    this.#actions = actions
    const { total } = model.data
    const measures: (readonly [Measure, string])[] = [
      ['live', 'Live at the end'],
      ['leaked', 'Leaked'],
      ['churned', 'Most churned'],
    ]
    // First what there is something of.
    this.#measure = total.live > 0 ? 'live' : total.finalized > 0 ? 'leaked' : 'churned'
    measures.sort(([a], [b]) => Number(b === this.#measure) - Number(a === this.#measure))
    this.#tree = flameTree(model, this.#measure, this.#unit)

    this.#reset = element(
      'button',
      { type: 'button', disabled: true, click: () => this.#graph?.resetZoom() },
      'Reset zoom',
    )
    this.#search = searchField('Search the flame graph', 'Search function, file or kind', () => this.#find())
    this.#keys = new FrameKeys(this.#host, {
      zoom: (frame) => this.#graph?.zoomTo(frame),
      reset: () => this.#graph?.resetZoom(),
      describe: (frame) => this.#describe(frame.data),
      showTooltip: (frame, box) =>
        this.#showTooltip(box.left + Math.min(box.width / 2, 80), box.bottom - 8, frame.data),
    })
    section.append(
      element(
        'div',
        { class: 'toolbar' },
        choice('What is shown', 'measure', measures, (measure) => {
          this.#measure = measure
          this.#draw()
        }),
        choice(
          'Widths stand for',
          'unit',
          [
            ['bytes', 'Bytes'],
            ['handles', 'Handles'],
          ],
          (unit) => {
            this.#unit = unit
            this.#draw()
          },
        ),
        this.#search,
        this.#matches,
        this.#reset,
      ),
      this.#host,
      this.#focused,
      element(
        'p',
        { class: 'hint' },
        'Callers are above what they call; the lowest frame of each stack is the kind that was opened. ' +
          'Click a frame to zoom. With the keyboard: arrows move, Enter zooms, Escape shows all.',
      ),
    )
    new ResizeObserver(() => this.#fit()).observe(this.#host)
    this.#draw()
  }

  #draw(): void {
    this.#graph?.destroy()
    hideTooltip()
    this.#tree = flameTree(this.#model, this.#measure, this.#unit)
    this.#host.replaceChildren()
    this.#graph = undefined
    this.#showFocused(undefined)
    if (this.#tree.value === 0) {
      this.#host.append(element('p', { class: 'empty' }, NOTHING[this.#measure]))
      this.#find()
      return
    }
    this.#width = this.#host.clientWidth
    const rows = depthOf(this.#tree)
    const tooltip = Object.assign(() => {}, {
      show: (event: MouseEvent, frame: Frame<FlameNode>) => this.#showTooltip(event.clientX, event.clientY, frame.data),
      hide: hideTooltip,
    })
    this.#graph = flamegraph<FlameNode>()
      .width(this.#width)
      .height(rows * ROW_HEIGHT)
      .cellHeight(ROW_HEIGHT)
      .minFrameSize(NARROWEST_FRAME)
      .inverted(true)
      .transitionDuration(0)
      .getName(({ data }) => (data.place === '' || data.origin === 'kind' ? data.name : `${data.name}  ${data.place}`))
      .setLabelHandler(({ data }) => this.#describe(data))
      .setColorMapper((frame) => this.#fill(frame))
      .setSearchMatch(({ data }, term) => matcher(term)(data))
      .setSearchHandler(() => {})
      .tooltip(tooltip)
      .onClick((frame) => this.#zoomed(frame))
    select(this.#host).datum(this.#tree).call(this.#graph)
    this.#keys.attach()
    if (this.#search.value.trim() !== '') this.#find()
  }

  #fit(): void {
    const width = this.#host.clientWidth
    if (this.#graph === undefined || width === 0 || width === this.#width) return
    this.#width = width
    this.#graph.width(width).update()
    this.#keys.attach()
  }

  #find(): void {
    const term = this.#search.value.trim()
    const { frames, share } = matchIn(this.#tree, matcher(term))
    this.#matches.textContent =
      term === '' ? '' : `${count(frames)} ${frames === 1 ? 'frame matches' : 'frames match'}, ${percent(share)}`
    if (this.#graph === undefined) return
    if (term === '') this.#graph.clear()
    else this.#graph.search(term)
    this.#keys.attach()
  }

  #zoomed(frame: Frame<FlameNode>): void {
    this.#showFocused(frame.parent === null ? undefined : frame.data)
    this.#keys.attach(frame)
  }

  /** What is zoomed to, and where to go from there. */
  #showFocused(node: FlameNode | undefined): void {
    this.#reset.disabled = node === undefined
    this.#focused.replaceChildren()
    if (node === undefined) return
    const { site, place, name } = node
    this.#focused.append(element('span', {}, this.#describe(node)))
    if (site !== undefined) {
      this.#focused.append(
        element('button', { type: 'button', click: () => this.#actions.openSite(site) }, 'Open details'),
      )
    } else if (place !== '') {
      const filter = `${name} ${place}`
      this.#focused.append(
        element('button', { type: 'button', click: () => this.#actions.listSites(filter) }, 'List its sites'),
      )
    }
  }

  #amount(value: number): string {
    return this.#unit === 'bytes' ? bytes(value) : handles(value)
  }

  #describe({ name, place, value, origin }: FlameNode): string {
    const where = place === '' ? '' : origin === 'kind' ? ` opened at ${place}` : ` ${place}`
    return `${name}${where}, ${this.#amount(value)}, ${percent(value / this.#tree.value)}`
  }

  #showTooltip(x: number, y: number, { name, place, value, site }: FlameNode): void {
    const share = percent(value / this.#tree.value)
    const numbers = site && [
      tooltipLine('opened', count(site.opened)),
      tooltipLine('collected without dispose', count(site.finalized)),
      tooltipLine('live at the end', `${count(site.live)}, ${bytes(site.liveBytes)}`),
    ]
    showTooltip(
      x,
      y,
      element('div', { class: 'tooltip-title' }, name),
      element('div', { class: 'tooltip-place' }, place),
      tooltipLine(this.#amount(value), share),
      ...(numbers ?? []),
    )
  }

  #fill({ data, highlight }: Frame<FlameNode>): string {
    if (highlight) return 'var(--flame-match)'
    switch (data.origin) {
      case 'kind':
        return `var(${this.#colorOf(data.name)}-frame)`
      case 'program':
        return `var(--flame-program-${shadeOf(data.place)})`
      default:
        return `var(--flame-${data.origin})`
    }
  }
}

/** Frames of one file have one shade. */
function shadeOf(place: string): number {
  let hash = 0
  for (const character of place.slice(0, place.lastIndexOf(':'))) hash = (hash * 31 + character.charCodeAt(0)) >>> 0
  return hash % 5
}
