import type uPlot from 'uplot'
import type { RecordedCollection } from '../../recording/recording.js'
import type { KindTimeline, ReportData } from '../report-data.js'
import { byId, element } from './dom.js'
import { bytes, count, duration } from './format.js'
import { onThemeChange } from './theme.js'
import { type ChartLayer, timelineChart } from './timeline-chart.js'
import { seriesOf, stacked, zoomed } from './timeline-series.js'
import { hideTooltip, showTooltip, swatch, tooltipLine } from './tooltip.js'

const RSS = 'RSS of the process'
const COLLECTIONS = 'forced collections'
const ZOOM_STEP = 0.6

interface Range {
  min: number
  max: number
}

export function showTimeline(data: ReportData, colorOf: (kind: string) => string): void {
  new TimelineView(byId('timeline'), data, colorOf)
}

class TimelineView {
  readonly #data: ReportData
  readonly #kinds: KindTimeline[]
  readonly #colorOf: (kind: string) => string
  readonly #hidden = new Set<string>()
  readonly #charts: { chart: uPlot; host: HTMLElement; column: 'live' | 'liveBytes' }[] = []
  readonly #whole: Range
  readonly #reset: HTMLButtonElement
  readonly #spoken = element('p', { class: 'hidden', role: 'status' })
  #active: HTMLElement | undefined
  #range: Range
  #settingRange = false

  constructor(section: HTMLElement, data: ReportData, colorOf: (kind: string) => string) {
    this.#data = data
    this.#colorOf = colorOf
    this.#kinds = seriesOf(
      data.timeline,
      data.kinds.map(({ kind }) => kind),
    )
    const { at } = data.timeline
    this.#whole = { min: at[0] as number, max: at.at(-1) as number }
    this.#range = this.#whole
    this.#reset = this.#button('Reset zoom', () => this.#zoomTo(this.#whole))
    this.#reset.disabled = true

    section.append(this.#toolbar(), this.#legend())
    this.#addChart(section, 'liveBytes', 'Native bytes')
    this.#addChart(section, 'live', 'Live handles')
    section.append(
      this.#spoken,
      element('p', { class: 'hint' }, 'Drag across a chart to zoom, or use Ctrl and the wheel.'),
    )
    const observer = new ResizeObserver(() => this.#fit())
    for (const { host } of this.#charts) observer.observe(host)
    onThemeChange(() => {
      for (const { chart } of this.#charts) chart.redraw(false, true)
    })
  }

  #toolbar(): HTMLElement {
    return element(
      'div',
      { class: 'toolbar', role: 'group', 'aria-label': 'Zoom of the timeline' },
      this.#button('Zoom in', () => this.#zoomBy(ZOOM_STEP)),
      this.#button('Zoom out', () => this.#zoomBy(1 / ZOOM_STEP)),
      this.#reset,
    )
  }

  #button(label: string, onClick: () => void): HTMLButtonElement {
    return element('button', { type: 'button', click: onClick }, label)
  }

  #legend(): HTMLElement {
    const entries: (readonly [string, string])[] = [
      ...this.#kinds.map(({ kind }) => [kind, this.#colorOf(kind)] as const),
      [RSS, '--rss'],
    ]
    if (this.#data.collections.length > 0) entries.push([COLLECTIONS, '--collection'])
    return element(
      'div',
      { class: 'legend', role: 'group', 'aria-label': 'What the timeline shows' },
      ...entries.map(([name, property]) => {
        const button = element('button', { type: 'button', 'aria-pressed': 'true' }, swatch(property), name)
        button.addEventListener('click', () => {
          if (!this.#hidden.delete(name)) this.#hidden.add(name)
          button.setAttribute('aria-pressed', String(!this.#hidden.has(name)))
          this.#redraw()
        })
        return button
      }),
    )
  }

  #addChart(section: HTMLElement, column: 'live' | 'liveBytes', title: string): void {
    const host = element('div', {
      class: 'chart',
      tabindex: 0,
      role: 'application',
      'aria-label': `${title} by kind over time. Left and right move along it, plus and minus zoom, 0 shows all of it.`,
    })
    section.append(element('figure', {}, element('figcaption', {}, title), host))
    const layers: ChartLayer[] = this.#kinds.map(({ kind }) => ({ colorProperty: this.#colorOf(kind) })).reverse()
    if (column === 'liveBytes') layers.push({ colorProperty: '--rss', dashed: true })
    const chart = timelineChart(host, {
      unit: column === 'live' ? 'handles' : 'bytes',
      width: host.clientWidth,
      height: heightOf(column),
      layers,
      data: this.#columns(column),
      collections: () => this.#collections(),
      withTimeAxis: column === 'live',
      syncKey: 'timeline',
      onRange: (min, max) => this.#zoomTo({ min, max }),
      onCursor: (moved) => this.#describeCursor(moved, host, column),
    })
    this.#charts.push({ chart, host, column })
    this.#listen(chart, host)
  }

  #listen(chart: uPlot, host: HTMLElement): void {
    const activate = () => {
      this.#active = host
    }
    const leave = () => {
      if (this.#active === host) this.#active = undefined
      hideTooltip()
    }
    chart.over.addEventListener('mouseenter', activate)
    chart.over.addEventListener('mouseleave', leave)
    host.addEventListener('focus', activate)
    host.addEventListener('blur', leave)
    host.addEventListener('keydown', (event) => this.#onKey(event, chart))
    chart.over.addEventListener(
      'wheel',
      (event) => {
        // Without a key, and without the focus, a wheel scrolls the page.
        if (!(event.ctrlKey || event.metaKey || document.activeElement === host)) return
        event.preventDefault()
        const around = chart.posToVal(event.clientX - chart.over.getBoundingClientRect().left, 'x')
        this.#zoomTo(zoomed(this.#range, this.#whole, event.deltaY < 0 ? ZOOM_STEP : 1 / ZOOM_STEP, around))
      },
      { passive: false },
    )
  }

  #onKey(event: KeyboardEvent, chart: uPlot): void {
    const visible = chart.over.clientWidth
    // Negative where the cursor is nowhere.
    const left = chart.cursor.left as number
    const step = visible / (event.shiftKey ? 10 : 60)
    const moveTo = (x: number) =>
      chart.setCursor({ left: Math.min(Math.max(x, 0), visible - 1), top: chart.over.clientHeight / 3 })
    switch (event.key) {
      case 'ArrowLeft':
        moveTo(left < 0 ? visible : left - step)
        break
      case 'ArrowRight':
        moveTo(left < 0 ? 0 : left + step)
        break
      case '+':
      case '=':
        this.#zoomBy(ZOOM_STEP)
        break
      case '-':
        this.#zoomBy(1 / ZOOM_STEP)
        break
      case '0':
      case 'Escape':
        this.#zoomTo(this.#whole)
        break
      default:
        return
    }
    event.preventDefault()
  }

  /** Columns in the order of the layers: the topmost of the kinds is drawn first, and lower ones over it. */
  #columns(column: 'live' | 'liveBytes'): uPlot.AlignedData {
    const { at, rss } = this.#data.timeline
    const kinds = this.#kinds.map((kind) => kind[column])
    const tops = stacked(kinds, (index) => this.#hidden.has((this.#kinds[index] as KindTimeline).kind)).reverse()
    if (column === 'live') return [at as number[], ...tops]
    return [at as number[], ...tops, this.#hidden.has(RSS) ? at.map(() => null) : (rss as number[])]
  }

  #collections(): readonly RecordedCollection[] {
    return this.#hidden.has(COLLECTIONS) ? [] : this.#data.collections
  }

  #redraw(): void {
    for (const { chart, column } of this.#charts) {
      chart.setData(this.#columns(column), false)
      // Has the other scale fit what is shown now.
      chart.setScale('x', this.#range)
    }
  }

  #zoomBy(factor: number): void {
    this.#zoomTo(zoomed(this.#range, this.#whole, factor))
  }

  /** Both charts show the same time, whichever of them was asked. */
  #zoomTo(range: Range): void {
    if (this.#settingRange) return
    this.#settingRange = true
    try {
      this.#range = range
      for (const { chart } of this.#charts) {
        const { min, max } = chart.scales['x'] as uPlot.Scale
        if (min !== range.min || max !== range.max) chart.batch(() => chart.setScale('x', range))
      }
      this.#reset.disabled = range.min <= this.#whole.min && range.max >= this.#whole.max
    } finally {
      this.#settingRange = false
    }
  }

  #describeCursor(chart: uPlot, host: HTMLElement, column: 'live' | 'liveBytes'): void {
    const { idx, left = -1, top = 0 } = chart.cursor
    if (this.#active !== host) return
    if (typeof idx !== 'number' || left < 0) {
      hideTooltip()
      return
    }
    const format = column === 'live' ? count : bytes
    const lines = this.#kinds
      .filter(({ kind }) => !this.#hidden.has(kind))
      .map((kind) => [kind.kind, kind[column][idx] as number, this.#colorOf(kind.kind)] as const)
      .filter(([, value]) => value > 0)
      .reverse()
    if (column === 'liveBytes' && !this.#hidden.has(RSS)) {
      lines.unshift([RSS, this.#data.timeline.rss[idx] as number, '--rss'])
    }
    const title = `after ${duration(this.#data.timeline.at[idx] as number)}`
    const collected = this.#collectionsNear(chart, left)
    const box = chart.over.getBoundingClientRect()
    showTooltip(
      box.left + left,
      box.top + top,
      element('div', { class: 'tooltip-title' }, title),
      ...lines.map(([name, value, property]) => tooltipLine(name, format(value), property)),
      ...collected.map((text) => tooltipLine(text, '', '--collection')),
    )
    if (document.activeElement === host) {
      const values = lines.map(([name, value]) => `${name} ${format(value)}`)
      this.#spoken.textContent = [title, ...values, ...collected].join(', ')
    }
  }

  #collectionsNear(chart: uPlot, left: number): string[] {
    const near = this.#collections().filter(({ at }) => Math.abs(chart.valToPos(at, 'x') - left) <= 5)
    const first = near[0]
    if (first === undefined) return []
    const where = first.thread === 0 ? '' : ` of thread ${first.thread}`
    if (near.length === 1) return [`${first.kind} collection${where}, ${duration(first.milliseconds)}`]
    const total = near.reduce((sum, { milliseconds }) => sum + milliseconds, 0)
    return [`${near.length} collections, ${duration(total)} together`]
  }

  #fit(): void {
    for (const { chart, host, column } of this.#charts) {
      const size = { width: host.clientWidth, height: heightOf(column) }
      if (size.width > 0 && (size.width !== chart.width || size.height !== chart.height)) chart.setSize(size)
    }
  }
}

function heightOf(column: 'live' | 'liveBytes'): number {
  const narrow = window.innerWidth < 640
  if (column === 'liveBytes') return narrow ? 200 : 260
  return narrow ? 190 : 220
}
