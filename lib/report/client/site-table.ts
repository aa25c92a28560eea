import { DataTable } from './data-table.js'
import { byId, element, prose } from './dom.js'
import { bytes, count, duration } from './format.js'
import type { ReportModel, Site } from './report-model.js'
import { swatch } from './tooltip.js'

export interface SiteTable {
  filter: (text: string) => void
}

export function showSiteTable(
  model: ReportModel,
  colorOf: (kind: string) => string,
  open: (site: Site) => void,
): SiteTable {
  const section = byId('sites')
  const advice = adviceOf(model)
  if (advice !== undefined) section.append(element('p', { class: 'hint' }, prose(advice)))
  const table = new DataTable<Site>({
    caption: 'Every place where handles were opened',
    rows: model.sites,
    textOf: (site) => model.searchText(site),
    order: { column: 'liveBytes', descending: true },
    filterLabel: 'Filter the sites',
    open,
    columns: [
      {
        id: 'site',
        label: 'Site',
        essential: true,
        value: ({ place }) => place,
        cell: (site) => placeCell(site.place, model.callersOf(site), kindWithoutColumn(site.kind, colorOf)),
      },
      { id: 'kind', label: 'Kind', value: ({ kind }) => kind, cell: ({ kind }) => kindCell(kind, colorOf) },
      number('opened', 'Opened', ({ opened }) => opened),
      number('disposed', 'Disposed', ({ disposed }) => disposed),
      {
        ...number<Site>('finalized', 'Finalized', ({ finalized }) => finalized, leakCell),
        description: 'Collected without having been disposed of',
        essential: true,
      },
      { ...number<Site>('live', 'Live', ({ live }) => live), description: 'Still open at the end', essential: true },
      { ...number<Site>('liveBytes', 'Live bytes', ({ liveBytes }) => liveBytes, bytesOrNothing), essential: true },
      {
        ...number<Site>('peak', 'Peak', ({ peakLiveBytes }) => peakLiveBytes, bytesOrNothing),
        description: 'Most native bytes at once',
      },
      {
        id: 'meanLifetime',
        label: 'Mean life',
        description: 'Between open and close, of those that were closed',
        numeric: true,
        value: ({ meanLifetime }) => meanLifetime,
        cell: ({ meanLifetime }) => (meanLifetime === undefined ? '–' : duration(meanLifetime)),
      },
      {
        id: 'heldBy',
        label: 'Held by',
        value: ({ heldBy }) => heldBy[0],
        cell: ({ heldBy }) => heldByCell(heldBy),
      },
    ],
  })
  section.append(table.element)
  return {
    filter: (text) => {
      table.setFilter(text)
      section.scrollIntoView()
      section.querySelector<HTMLElement>('input[type=search]')?.focus({ preventScroll: true })
    },
  }
}

/** What the level of the recording leaves unsaid, and how to hear it. */
function adviceOf({ data: { header, sites } }: ReportModel): string | undefined {
  if (sites.kind.length === 0) return undefined
  if (header.level === 'sampled') {
    return `One in ${count(header.sampleInterval)} handles has a stack; the others are under “no stack recorded”. \`holdfast run --level full\` records all of them.`
  }
  if (header.level === 'full') return undefined
  return `The level \`${header.level}\` counts handles by kind only. \`holdfast run --level full\` records where each was opened.`
}

/** A column of numbers. */
export function number<Row>(
  id: string,
  label: string,
  value: (row: Row) => number,
  cell: (value: number) => Node | string = count,
) {
  return { id, label, numeric: true, value, cell: (row: Row) => cell(value(row)) }
}

/**
 * Where handles were opened.
 * @param kind For where there is no room for a column of it.
 */
export function placeCell(place: string, functionName: string, more?: HTMLElement): HTMLElement {
  return element(
    'span',
    { class: 'place' },
    element('code', {}, place),
    functionName !== '' && element('span', { class: 'function' }, functionName),
    more,
  )
}

/** For where the column of kinds has no room. */
export function kindWithoutColumn(kind: string, colorOf: (kind: string) => string): HTMLElement {
  const cell = kindCell(kind, colorOf)
  cell.classList.add('without-column')
  return cell
}

export function kindCell(kind: string, colorOf: (kind: string) => string): HTMLElement {
  return element('span', { class: 'kind' }, swatch(colorOf(kind)), kind)
}

/** Many kinds hold no memory that is known of. */
export function bytesOrNothing(value: number): string {
  return value === 0 ? '0' : bytes(value)
}

function leakCell(value: number): Node | string {
  return value === 0 ? '0' : element('span', { class: 'leak' }, count(value))
}

function heldByCell(heldBy: readonly string[]): Node | string {
  const [first] = heldBy
  if (first === undefined) return '–'
  const more = heldBy.length === 1 ? '' : ` and ${count(heldBy.length - 1)} more`
  return element('span', { class: 'held-by' }, prose(first), more)
}
