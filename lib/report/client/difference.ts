import type { SiteAmounts, SiteChange } from '../site-changes.js'
import { type Column, DataTable } from './data-table.js'
import { byId, choice, element } from './dom.js'
import { bytes, count, signed } from './format.js'
import { NO_STACK, placeOf, type ReportModel, type Site } from './report-model.js'
import { kindCell, kindWithoutColumn, placeCell } from './site-table.js'

type Shown = SiteChange['change'] | 'all'

const CHANGES: Record<SiteChange['change'], string> = { grew: 'Grew', new: 'New', shrank: 'Shrank', gone: 'Gone' }

/** What changed since the recording that this one is compared with. */
export function showDifference(
  model: ReportModel,
  colorOf: (kind: string) => string,
  open: (site: Site) => void,
): void {
  const { comparison } = model.data
  if (comparison === null) return
  const section = byId('difference')
  const { changes } = comparison
  if (changes.length === 0) {
    section.append(element('p', { class: 'empty' }, 'Every site did the same in both recordings.'))
    return
  }
  const counts = (change: SiteChange['change']) => changes.filter((one) => one.change === change).length
  const options: (readonly [Shown, string])[] = [
    ['all', `All ${count(changes.length)}`],
    ...Object.entries(CHANGES).map(
      ([change, label]) => [change as Shown, `${label} ${count(counts(change as SiteChange['change']))}`] as const,
    ),
  ]
  const table = new DataTable<SiteChange>({
    caption: 'Creation sites that changed',
    rows: changes,
    textOf: (change) => `${nameOf(model, change)}\n${placeIn(model, change)}\n${change.kind}`.toLowerCase(),
    order: { column: 'leakedBytes', descending: true },
    filterLabel: 'Filter the changes',
    controls: [
      choice('Which changes', 'change', options, (shown) =>
        table.setRows(shown === 'all' ? changes : changes.filter(({ change }) => change === shown)),
      ),
    ],
    columns: columnsOf(model, colorOf),
    open: (change) => {
      const site = siteOf(model, change)
      if (site !== undefined) open(site)
    },
  })
  section.append(
    element(
      'p',
      { class: 'hint' },
      'Sites are compared by kind and line; the numbers are those of this recording less those of the earlier one.',
    ),
    table.element,
  )
}

function columnsOf(model: ReportModel, colorOf: (kind: string) => string): Column<SiteChange>[] {
  return [
    {
      id: 'site',
      label: 'Site',
      essential: true,
      value: (change) => placeIn(model, change),
      cell: (change) =>
        placeCell(placeIn(model, change), nameOf(model, change), kindWithoutColumn(change.kind, colorOf)),
    },
    { id: 'kind', label: 'Kind', value: ({ kind }) => kind, cell: ({ kind }) => kindCell(kind, colorOf) },
    {
      id: 'change',
      label: 'Change',
      essential: true,
      value: ({ change }) => change,
      cell: ({ change }) => element('span', { class: `change ${change}` }, CHANGES[change]),
    },
    {
      ...difference(
        'leakedBytes',
        'Leaked bytes',
        ({ liveBytes, finalizedBytes }) => liveBytes + finalizedBytes,
        bytes,
      ),
      description: 'Live at the end, or collected without having been disposed of',
      essential: true,
    },
    difference('live', 'Live', ({ live }) => live, count),
    difference('liveBytes', 'Live bytes', ({ liveBytes }) => liveBytes, bytes),
    difference('finalized', 'Finalized', ({ finalized }) => finalized, count),
    difference('opened', 'Opened', ({ opened }) => opened, count),
  ]
}

/** A column that shows a difference, and on what it is based. */
function difference(
  id: string,
  label: string,
  amount: (amounts: SiteAmounts) => number,
  format: (value: number) => string,
): Column<SiteChange> {
  return {
    id,
    label,
    numeric: true,
    value: ({ before, after }) => amount(after) - amount(before),
    cell: ({ before, after }) => {
      const [was, is] = [amount(before), amount(after)]
      if (was === 0 && is === 0) return '–'
      return element(
        'span',
        { class: 'difference' },
        element('b', { class: is > was ? 'more' : is < was ? 'less' : undefined }, signed(is - was, format)),
        element('span', {}, `${format(was)} → ${format(is)}`),
      )
    },
  }
}

function placeIn(model: ReportModel, { frame }: SiteChange): string {
  return frame < 0 ? NO_STACK : placeOf(model.frame(frame))
}

function nameOf(model: ReportModel, { frame }: SiteChange): string {
  return frame < 0 ? '' : model.frame(frame).functionName
}

/** The site of this recording with most bytes; none if it is gone. */
function siteOf({ data, sites }: ReportModel, { kind, frame }: SiteChange): Site | undefined {
  return sites.find((site) => site.kind === kind && (site.node < 0 ? -1 : data.stacks.frames[site.node]) === frame)
}
