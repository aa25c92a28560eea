import type { NamedTotals, ReportData } from '../report-data.js'
import { verdictOf } from './advice.js'
import { byId, element, prose } from './dom.js'
import { bytes, count, duration, handles, percent, signed } from './format.js'
import type { ReportModel, Site } from './report-model.js'
import { bytesOrNothing, kindCell, placeCell } from './site-table.js'
import { themeButton } from './theme.js'

// The head of the page: what was run, how it ended, and what to look at first.

const FIRST_SITES = 3

export function showOverview(model: ReportModel, colorOf: (kind: string) => string, open: (site: Site) => void): void {
  const { data } = model
  byId('header').append(
    element('div', { class: 'brand' }, element('span', {}, 'Holdfast report'), themeButton()),
    element('h1', {}, element('code', {}, data.header.command.join(' '))),
    facts(data),
  )
  byId('summary').append(
    ...data.notes.map((note) => element('p', { class: 'note', role: 'note' }, note)),
    element('p', { class: 'verdict' }, prose(verdict(model))),
    figures(data),
    firstSites(model, colorOf, open) ?? '',
  )
}

function facts({ header, end, comparison }: ReportData): HTMLElement {
  const rows: [string, string][] = [
    ['Runtime', header.runtime],
    ['Started', startOf(header.startedAt)],
    ['Ran for', end === null ? 'unknown' : duration(end.at)],
    ['Ended with', endOf(end)],
    ['Level', header.level === 'sampled' ? `sampled, 1 in ${count(header.sampleInterval)}` : header.level],
    ['Process', String(header.pid)],
    ['Directory', header.directory],
  ]
  if (comparison !== null) {
    rows.push(['Compared with', `${comparison.header.command.join(' ')}, ${startOf(comparison.header.startedAt)}`])
  }
  return element(
    'dl',
    { class: 'facts' },
    ...rows.map(([term, value]) => element('div', {}, element('dt', {}, term), element('dd', {}, value))),
  )
}

function startOf(milliseconds: number): string {
  const date = new Date(milliseconds)
  return Number.isNaN(date.getTime())
    ? 'unknown'
    : date
        .toISOString()
        .replace('T', ' ')
        .replace(/\.\d+Z$/, ' UTC')
}

function endOf(end: ReportData['end']): string {
  if (end === null) return 'not recorded'
  return end.exitCode === undefined ? 'a signal' : `exit code ${end.exitCode}`
}

function verdict({ data: { total }, sites, hasStacks }: ReportModel): string {
  if (total.opened === 0) return 'No handles were opened while the program was recorded.'
  const leaked = total.live + total.finalized
  if (leaked === 0) return `All ${handles(total.opened)} were disposed of. Nothing leaked.`
  const share = percent(leaked / total.opened)
  const never = `${handles(leaked)} (${share} of those opened) ${leaked === 1 ? 'was' : 'were'} never disposed of`
  if (!hasStacks) return `${never}.`
  const leaking = sites.filter((site) => verdictOf(site) === 'leaks').length
  return `${never}, at ${count(leaking)} creation ${leaking === 1 ? 'site' : 'sites'}.`
}

function figures({ total, collections, comparison }: ReportData): HTMLElement {
  const before = comparison?.total
  const collecting = collections.reduce((sum, { milliseconds }) => sum + milliseconds, 0)
  return element(
    'dl',
    { class: 'figures' },
    figure('Live at the end', count(total.live), handlesChange(before, total, 'live')),
    figure('Native bytes live', bytes(total.liveBytes), before && change(before.liveBytes, total.liveBytes, bytes)),
    figure('Peak', bytes(total.peakLiveBytes), `${handles(total.peakLive)} at most`),
    figure('Finalized', count(total.finalized), handlesChange(before, total, 'finalized') ?? 'by the collector'),
    figure(
      'Opened',
      count(total.opened),
      handlesChange(before, total, 'opened') ?? `${count(total.disposed)} disposed of`,
    ),
    figure('Forced collections', count(collections.length), `${duration(collecting)} in all`),
  )
}

function figure(label: string, value: string, remark: string | undefined): HTMLElement {
  return element(
    'div',
    {},
    element('dt', {}, label),
    element(
      'dd',
      {},
      element('strong', {}, value),
      remark !== undefined && element('span', { class: 'remark' }, remark),
    ),
  )
}

function handlesChange(before: NamedTotals | undefined, after: NamedTotals, name: 'live' | 'finalized' | 'opened') {
  return before && change(before[name], after[name], count)
}

function change(before: number, after: number, format: (value: number) => string): string {
  return `${signed(after - before, format)}, was ${format(before)}`
}

function firstSites(
  model: ReportModel,
  colorOf: (kind: string) => string,
  open: (site: Site) => void,
): HTMLElement | undefined {
  const leaking = model.sites
    .filter((site) => verdictOf(site) === 'leaks')
    .sort((a, b) => b.leakedBytes - a.leakedBytes || b.leaked - a.leaked)
  if (leaking.length === 0 || !model.hasStacks) return undefined
  return element(
    'div',
    { class: 'first-sites' },
    element('h2', {}, 'Look here first'),
    element(
      'ol',
      {},
      ...leaking
        .slice(0, FIRST_SITES)
        .map((site) =>
          element(
            'li',
            {},
            element(
              'button',
              { type: 'button', click: () => open(site) },
              placeCell(site.place, model.callersOf(site), leakClassOf(site)),
              kindCell(site.kind, colorOf),
              amountOf(site),
            ),
          ),
        ),
    ),
  )
}

function leakClassOf({ leakClass }: Site): HTMLElement | undefined {
  return leakClass && element('span', { class: 'leak-class' }, leakClass)
}

function amountOf({ leaked, leakedBytes }: Site): HTMLElement {
  const many = handles(leaked)
  const content = leakedBytes === 0 ? [element('b', {}, many)] : [element('b', {}, bytes(leakedBytes)), ` in ${many}`]
  return element('span', { class: 'amount' }, ...content)
}

/** The totals of each kind. */
export function showKinds({ data: { kinds } }: ReportModel, colorOf: (kind: string) => string): void {
  if (kinds.length === 0) return
  const columns: [string, (kind: NamedTotals) => string, boolean][] = [
    ['Opened', ({ opened }) => count(opened), false],
    ['Disposed', ({ disposed }) => count(disposed), false],
    ['Finalized', ({ finalized }) => count(finalized), true],
    ['Live', ({ live }) => count(live), true],
    ['Live bytes', ({ liveBytes }) => bytesOrNothing(liveBytes), true],
    ['Peak', ({ peakLiveBytes }) => bytesOrNothing(peakLiveBytes), false],
  ]
  const classOf = (essential: boolean) => (essential ? 'number essential' : 'number')
  const table = element(
    'table',
    { class: 'kinds', 'aria-labelledby': 'kinds-title' },
    element(
      'thead',
      {},
      element(
        'tr',
        {},
        element('th', { scope: 'col', class: 'essential' }, 'Kind'),
        ...columns.map(([label, , essential]) => element('th', { scope: 'col', class: classOf(essential) }, label)),
      ),
    ),
    element(
      'tbody',
      {},
      ...kinds.map((kind) =>
        element(
          'tr',
          {},
          element('th', { scope: 'row', class: 'essential' }, kindCell(kind.kind, colorOf)),
          ...columns.map(([, cell, essential]) => element('td', { class: classOf(essential) }, cell(kind))),
        ),
      ),
    ),
  )
  byId('kinds').append(table)
}
