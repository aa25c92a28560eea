import { element, searchField } from './dom.js'
import { count } from './format.js'
import { filteredRows, type SortOrder, type SortValue, sortedRows } from './table-rows.js'

// A table with thousands of rows of which one page is shown: a browser is slow with all of them at once.

const ROWS_PER_PAGE = 50

export interface Column<Row> {
  id: string
  label: string
  /** Said of it in more words. */
  description?: string
  numeric?: boolean
  /** Also shown where there is little room. */
  essential?: boolean
  value: (row: Row) => SortValue
  cell: (row: Row) => Node | string
}

export interface TableOptions<Row> {
  caption: string
  columns: readonly Column<Row>[]
  rows: readonly Row[]
  /** In lower case. */
  textOf: (row: Row) => string
  order: SortOrder
  filterLabel: string
  /** Shown before the filter. */
  controls?: readonly Node[]
  /** Opens a row. The first cell has the button for it. */
  open: (row: Row) => void
}

export class DataTable<Row> {
  readonly element: HTMLElement
  readonly #options: TableOptions<Row>
  readonly #body = element('tbody')
  readonly #headers = new Map<string, HTMLTableCellElement>()
  readonly #shown = element('output', { class: 'shown' })
  readonly #previous: HTMLButtonElement
  readonly #next: HTMLButtonElement
  readonly #filter: HTMLInputElement
  readonly #sorter: HTMLSelectElement
  #order: SortOrder
  #rows: readonly Row[]
  #visible: readonly Row[] = []
  #page = 0

  constructor(options: TableOptions<Row>) {
    this.#options = options
    this.#order = options.order
    this.#rows = options.rows
    this.#previous = this.#pageButton('Previous', -1)
    this.#next = this.#pageButton('Next', 1)
    this.#filter = searchField(options.filterLabel, 'Filter by function, file or kind', () => this.#update())
    this.#sorter = this.#sortSelect()
    this.element = element(
      'div',
      { class: 'data-table' },
      element('div', { class: 'toolbar' }, ...(options.controls ?? []), this.#filter, this.#sorter),
      element(
        'table',
        {},
        element('caption', { class: 'hidden' }, options.caption),
        element('thead', {}, element('tr', {}, ...options.columns.map((column) => this.#header(column)))),
        this.#body,
      ),
      element('div', { class: 'pager' }, this.#shown, this.#previous, this.#next),
    )
    this.#body.addEventListener('click', (event) => this.#onClick(event))
    this.#update()
  }

  /** Shows other rows, in the same order and with the same filter. */
  setRows(rows: readonly Row[]): void {
    this.#rows = rows
    this.#update()
  }

  setFilter(text: string): void {
    this.#filter.value = text
    this.#update()
  }

  #header(column: Column<Row>): HTMLTableCellElement {
    const { id, label, description } = column
    const button = element('button', { type: 'button', title: description, click: () => this.#sortBy(column) }, label)
    const header = element('th', { scope: 'col', class: classOf(column) }, button)
    this.#headers.set(id, header)
    return header
  }

  /** For small screens, where most headers are hidden. */
  #sortSelect(): HTMLSelectElement {
    const { columns } = this.#options
    const sorter = element(
      'select',
      { class: 'sorter', 'aria-label': 'Sort by' },
      ...columns.map(({ id, label }) => element('option', { value: id }, `Sort by ${label.toLowerCase()}`)),
    )
    sorter.addEventListener('change', () => {
      const { id, numeric = false } = this.#column(sorter.value)
      this.#setOrder({ column: id, descending: numeric })
    })
    return sorter
  }

  #column(id: string): Column<Row> {
    return this.#options.columns.find((column) => column.id === id) as Column<Row>
  }

  #pageButton(label: string, step: number): HTMLButtonElement {
    return element('button', { type: 'button', click: () => this.#showPage(this.#page + step) }, label)
  }

  /** Numbers begin with the largest, texts with the first of the alphabet; once more turns it round. */
  #sortBy({ id, numeric = false }: Column<Row>): void {
    const { column, descending } = this.#order
    this.#setOrder({ column: id, descending: column === id ? !descending : numeric })
  }

  #setOrder(order: SortOrder): void {
    this.#order = order
    this.#update()
  }

  #update(): void {
    const { textOf } = this.#options
    const { column: sorted, descending } = this.#order
    for (const [id, header] of this.#headers) {
      if (id === sorted) header.setAttribute('aria-sort', descending ? 'descending' : 'ascending')
      else header.removeAttribute('aria-sort')
    }
    this.#sorter.value = sorted
    const { value } = this.#column(sorted)
    this.#visible = sortedRows(filteredRows(this.#rows, this.#filter.value, textOf), value, descending)
    this.#showPage(0)
  }

  #showPage(page: number): void {
    const total = this.#visible.length
    this.#page = page
    const first = page * ROWS_PER_PAGE
    const rows = this.#visible.slice(first, first + ROWS_PER_PAGE)
    this.#body.replaceChildren(
      ...(total === 0 ? [this.#nothing()] : rows.map((row, index) => this.#row(row, first + index))),
    )
    const ofAll = total === this.#rows.length ? '' : ` (${count(this.#rows.length)} in all)`
    this.#shown.textContent =
      total === 0 ? '' : `${count(first + 1)}–${count(first + rows.length)} of ${count(total)}${ofAll}`
    this.#previous.disabled = page === 0
    this.#next.disabled = first + ROWS_PER_PAGE >= total
  }

  #row(row: Row, index: number): HTMLTableRowElement {
    const cells = this.#options.columns.map((column, place) => {
      const content = column.cell(row)
      if (place > 0) return element('td', { class: classOf(column) }, content)
      const button = element('button', { type: 'button', class: 'open' }, content)
      return element('th', { scope: 'row', class: classOf(column) }, button)
    })
    return element('tr', { 'data-row': index, class: 'opens' }, ...cells)
  }

  #nothing(): HTMLTableRowElement {
    const text = this.#rows.length === 0 ? 'There is nothing to list.' : 'Nothing matches the filter.'
    return element('tr', {}, element('td', { colspan: this.#options.columns.length, class: 'empty' }, text))
  }

  #onClick(event: MouseEvent): void {
    const index = (event.target as Element).closest('tr')?.dataset['row']
    // Whoever selects text does not want to open anything.
    if (index === undefined || getSelection()?.isCollapsed === false) return
    this.#options.open(this.#visible[Number(index)] as Row)
  }
}

function classOf({ numeric, essential, id }: { numeric?: boolean; essential?: boolean; id: string }): string {
  return [`column-${id}`, numeric ? 'number' : '', essential ? 'essential' : ''].filter(Boolean).join(' ')
}
