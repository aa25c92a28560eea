// Elements are made here, and only here, and texts are set as texts: what comes from a recording never is markup.

type Child = Node | string | undefined | false

/** Attributes; a function is a listener for the event of that name, `false` and undefined leave one out. */
export type Attributes = Record<string, string | number | boolean | undefined | ((event: never) => void)>

export function element<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[Name] {
  const made = document.createElement(name)
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === 'function') made.addEventListener(key, value as EventListener)
    else if (value === true) made.setAttribute(key, '')
    else if (value !== false && value !== undefined) made.setAttribute(key, String(value))
  }
  made.append(...children.filter((child) => child !== undefined && child !== false))
  return made
}

/** One of those that lib/report/page.ts writes. */
export function byId(id: string): HTMLElement {
  return document.getElementById(id) as HTMLElement
}

/** Text in which what is between backticks is code. */
export function prose(text: string): DocumentFragment {
  const fragment = document.createDocumentFragment()
  for (const [index, part] of text.split('`').entries()) {
    fragment.append(index % 2 === 1 ? element('code', {}, part) : part)
  }
  return fragment
}

/** A group of buttons of which one is chosen: radio buttons, so that arrow keys move between them. */
export function choice<Value extends string>(
  label: string,
  name: string,
  options: readonly (readonly [Value, string])[],
  onChoose: (value: Value) => void,
): HTMLElement {
  const radios = options.map(([value, text], index) =>
    element(
      'label',
      {},
      element('input', { type: 'radio', name, value, checked: index === 0, change: () => onChoose(value) }),
      element('span', {}, text),
    ),
  )
  return element('fieldset', { class: 'choice' }, element('legend', { class: 'hidden' }, label), ...radios)
}

/** Waits for a pause in the typing before it looks. */
export function searchField(label: string, placeholder: string, onSearch: (term: string) => void): HTMLInputElement {
  let timer = 0
  const field = element('input', {
    type: 'search',
    'aria-label': label,
    placeholder,
    autocomplete: 'off',
    spellcheck: 'false',
    input: () => {
      clearTimeout(timer)
      timer = window.setTimeout(() => onSearch(field.value), 120)
    },
  })
  return field
}
