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
  // Without validation, which asks another stream, and has no colours where `CI` is set.
  return hasColours(stream) ? (style, text) => styleText(style, text, { validateStream: false }) : (_, text) => text
}

const PROGRESS_AFTER_MS = 2000
const PROGRESS_EVERY_MS = 100
const ERASE_LINE = '\r\x1b[K'

/** Where progress is shown. The work is synchronous: nothing that waits would get through. */
export interface ProgressOutput {
  readonly isTerminal: boolean
  write(text: string): void
  /** Milliseconds. */
  now(): number
}

const STANDARD_ERROR: ProgressOutput = {
  get isTerminal() {
    return process.stderr.isTTY === true
  },
  write: (text) => writeSync(process.stderr.fd, text),
  now: () => performance.now(),
}

/** A line about work that takes more than two seconds, on a terminal only. */
export class Progress {
  readonly #what: string
  readonly #output: ProgressOutput
  #nextAt: number
  #isShown = false

  constructor(what: string, output = STANDARD_ERROR) {
    this.#what = what
    this.#output = output
    this.#nextAt = output.now() + PROGRESS_AFTER_MS
  }

  /** @param share from 0 to 1 */
  readonly update = (share: number): void => {
    if (!this.#output.isTerminal) return
    const now = this.#output.now()
    if (now < this.#nextAt) return
    this.#nextAt = now + PROGRESS_EVERY_MS
    this.#isShown = true
    this.#output.write(`${ERASE_LINE}${this.#what}: ${Math.floor(share * 100)} %`)
  }

  end(): void {
    if (this.#isShown) this.#output.write(ERASE_LINE)
  }
}
