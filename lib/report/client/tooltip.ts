import { element } from './dom.js'

const GAP = 14

const box = element('div', { class: 'tooltip', role: 'tooltip', hidden: true })

/** Shows the one tooltip of the page near a place of the window, and inside the window. */
export function showTooltip(x: number, y: number, ...content: Node[]): void {
  if (!box.isConnected) document.body.append(box)
  box.replaceChildren(...content)
  box.hidden = false
  const { clientWidth, clientHeight } = document.documentElement
  const { offsetWidth, offsetHeight } = box
  const left = x + GAP + offsetWidth > clientWidth ? x - GAP - offsetWidth : x + GAP
  const top = y + GAP + offsetHeight > clientHeight ? y - GAP - offsetHeight : y + GAP
  box.style.left = `${Math.max(GAP / 2, Math.min(left, clientWidth - offsetWidth - GAP / 2))}px`
  box.style.top = `${Math.max(GAP / 2, top)}px`
}

export function hideTooltip(): void {
  box.hidden = true
}

/** A line of a tooltip: what, and how much, with the colour of its curve. */
export function tooltipLine(label: string, value: string, colorProperty?: string): HTMLElement {
  return element(
    'div',
    { class: 'tooltip-line' },
    swatch(colorProperty),
    element('span', {}, label),
    element('b', {}, value),
  )
}

/** A small square of a colour. */
export function swatch(colorProperty: string | undefined): HTMLElement {
  const square = element('i', { class: 'swatch', 'aria-hidden': 'true' })
  if (colorProperty !== undefined) square.style.background = `var(${colorProperty})`
  return square
}
