import { performance } from 'node:perf_hooks'
import type { WriteStream } from 'node:tty'

const COLUMNS = 80
const REFRESH_MILLISECONDS = 500

/**
 * Shows what is going on. In a terminal one line that changes and then stays as "... 3.2 s"; elsewhere
 * one line when it begins.
 */
export class StatusLine {
  readonly #stream: WriteStream
  #title = ''
  #detail = ''
  #startedAt = 0
  #timer: NodeJS.Timeout | undefined

  constructor(stream: WriteStream) {
    this.#stream = stream
  }

  begin(title: string): void {
    this.#title = title
    this.#detail = ''
    this.#startedAt = performance.now()
    if (this.#stream.isTTY) this.#timer = setInterval(() => this.#draw(), REFRESH_MILLISECONDS)
    else this.#stream.write(`${clip(title)}\n`)
  }

  show(detail: string): void {
    this.#detail = detail
  }

  end(): void {
    clearInterval(this.#timer)
    this.#detail = ''
    if (!this.#stream.isTTY) return
    this.#draw()
    this.#stream.write('\n')
  }

  #draw(): void {
    const seconds = ((performance.now() - this.#startedAt) / 1000).toFixed(1)
    const detail = this.#detail === '' ? '' : `${this.#detail}, `
    const right = ` ${detail}${seconds} s`
    this.#stream.write(`\r${clip(this.#title, COLUMNS - 1 - right.length).padEnd(COLUMNS - 1 - right.length)}${right}`)
  }
}

function clip(text: string, columns = COLUMNS): string {
  return text.length <= columns ? text : `${text.slice(0, columns - 1)}…`
}
