import { element } from './dom.js'

// Colours are custom properties of the styles, with a value for light and one for dark. Canvases cannot read
// those, so they are resolved here.

const resolved = new Map<string, string>()
const listeners = new Set<() => void>()
const systemIsDark = matchMedia('(prefers-color-scheme: dark)')
const probe = element('span', { hidden: true })

systemIsDark.addEventListener('change', themeChanged)

/** The value of a custom property that is a colour, in the present theme. */
export function color(property: string): string {
  const known = resolved.get(property)
  if (known !== undefined) return known
  if (!probe.isConnected) document.body.append(probe)
  probe.style.color = `var(${property})`
  const value = getComputedStyle(probe).color
  resolved.set(property, value)
  return value
}

export function onThemeChange(listener: () => void): void {
  listeners.add(listener)
}

/** Begins with what the system says. */
export function themeButton(): HTMLButtonElement {
  const root = document.documentElement
  const isDark = () => (root.dataset['theme'] ?? (systemIsDark.matches ? 'dark' : 'light')) === 'dark'
  const button = element('button', { type: 'button', class: 'theme' })
  const show = () => {
    button.textContent = isDark() ? 'Light colors' : 'Dark colors'
  }
  button.addEventListener('click', () => {
    root.dataset['theme'] = isDark() ? 'light' : 'dark'
    themeChanged()
  })
  onThemeChange(show)
  show()
  return button
}

function themeChanged(): void {
  resolved.clear()
  for (const listener of listeners) listener()
}
