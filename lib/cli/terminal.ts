import { writeSync } from 'node:fs'
import type { WriteStream } from 'node:tty'
import { styleText } from 'node:util'

export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow'

function hasColours(stream: WriteStream): boolean {
  const { NO_COLOR, FORCE_COLOR } = process.env
  if (NO_COLOR !== undefined && NO_COLOR !== '') return false
  if (FORCE_COLOR !== undefined) return FORCE_COLOR !== '0' && FORCE_COLOR !== 'false'
  return stream.isTTY === true && process.env['TERM'] !== 'dumb'
}

/** Makes text stand out where it goes to a terminal. NO_COLOR and FORCE_COLOR decide otherwise. */
export function painter(stream: WriteStream): (style: Style, text: string) => string {
  return hasColours(stream) ? (style, text) => styleText(style, text) : (_, text) => text
}

const PROGRESS_AFTER_MS = 2000
const PROGRESS_EVERY_MS = 100
const ERASE_LINE = '\r\x1b[K'

/** A line about work that takes more than two seconds, on a terminal only. */
export class Progress {
  readonly #what: string
  #shownAt = performance.now() + PROGRESS_AFTER_MS - PROGRESS_EVERY_MS
  #isShown = false

  constructor(what: string) {
    this.#what = what
  }

  /** @param share from 0 to 1 */
  readonly update = (share: number): void => {
    const now = performance.now()
    if (!process.stderr.isTTY || now < this.#shownAt + PROGRESS_EVERY_MS) return
    this.#shownAt = now
    this.#isShown = true
    // The work is synchronous: nothing else would get through.
    writeSync(process.stderr.fd, `${ERASE_LINE}${this.#what} … ${Math.floor(share * 100)} %`)
  }

  end(): void {
    if (this.#isShown) writeSync(process.stderr.fd, ERASE_LINE)
  }
}
