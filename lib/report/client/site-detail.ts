import { fixFor, verdictOf, whatHappened } from './advice.js'
import { element, prose } from './dom.js'
import { bytes, count, duration } from './format.js'
import { type Frame, placeOf, type ReportModel, type Site } from './report-model.js'
import { kindCell } from './site-table.js'

/** Returns what opens the detail of a site: a dialog, so that Escape closes it and the focus goes back. */
export function siteDetail(model: ReportModel, colorOf: (kind: string) => string): (site: Site) => void {
  const dialog = element('dialog', { class: 'detail', 'aria-labelledby': 'detail-title' })
  document.body.append(dialog)
  // A click on what is around it.
  dialog.addEventListener('click', (event) => {
    if (event.target === dialog) dialog.close()
  })
  return (site) => {
    const close = element('button', { type: 'button', class: 'close', click: () => dialog.close() }, 'Close')
    dialog.replaceChildren(
      element(
        'div',
        { class: 'detail-content' },
        element('div', { class: 'detail-bar' }, kindCell(site.kind, colorOf), close),
        element('h2', { id: 'detail-title' }, element('code', {}, site.place)),
        site.functionName !== '' && element('p', { class: 'function' }, `in ${site.functionName}`),
        element('p', { class: 'happened' }, whatHappened(site)),
        fix(site),
        numbers(site),
        heldBy(site),
        stack(model.stack(site.node), model.data.header.level),
      ),
    )
    dialog.showModal()
    dialog.scrollTop = 0
  }
}

function fix(site: Site): HTMLElement | undefined {
  const text = fixFor(site)
  if (text === undefined) return undefined
  const { leakClass } = site
  return element(
    'div',
    { class: `fix ${verdictOf(site)}` },
    leakClass !== undefined && element('strong', { class: 'leak-class' }, leakClass),
    element('p', {}, prose(text)),
  )
}

function numbers(site: Site): HTMLElement {
  const rows: [string, string][] = [
    ['Opened', `${count(site.opened)}, ${bytes(site.openedBytes)}`],
    ['Disposed', count(site.disposed)],
    ['Finalized', site.finalized === 0 ? '0' : `${count(site.finalized)}, ${bytes(site.finalizedBytes)}`],
    ['Given to other threads', count(site.transferred)],
    ['Live at the end', `${count(site.live)}, ${bytes(site.liveBytes)}`],
    ['Most at once', `${count(site.peakLive)}, ${bytes(site.peakLiveBytes)}`],
    ['Mean lifetime', site.meanLifetime === undefined ? 'none was closed' : duration(site.meanLifetime)],
    ['First and last opened', `after ${duration(site.firstOpenedAt)} and ${duration(site.lastOpenedAt)}`],
  ]
  return element(
    'dl',
    {},
    ...rows.map(([term, value]) => element('div', {}, element('dt', {}, term), element('dd', {}, value))),
  )
}

function heldBy({ heldBy, live }: Site): HTMLElement | undefined {
  if (live === 0) return undefined
  return element(
    'section',
    {},
    element('h3', {}, 'Held by'),
    heldBy.length === 0
      ? element('p', { class: 'hint' }, 'The recording does not say what keeps these handles alive.')
      : element('ul', { class: 'holders' }, ...heldBy.map((line) => element('li', {}, prose(line)))),
  )
}

function stack(frames: readonly Frame[], level: string): HTMLElement {
  return element(
    'section',
    {},
    element('h3', {}, 'Creation stack'),
    frames.length === 0
      ? element('p', { class: 'hint' }, prose(withoutStack(level)))
      : element('ol', { class: 'stack' }, ...frames.map(stackFrame)),
  )
}

function withoutStack(level: string): string {
  return level === 'full'
    ? 'These handles were opened where there was no JavaScript on the stack.'
    : `The level \`${level}\` has not recorded it. \`holdfast run --level full\` records every stack.`
}

function stackFrame(frame: Frame): HTMLElement {
  return element(
    'li',
    {},
    element('span', { class: 'function' }, frame.functionName),
    element('code', { class: 'stack-place' }, `${placeOf(frame)}:${frame.column}`),
  )
}
