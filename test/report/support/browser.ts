import { randomUUID } from 'node:crypto'
import { accessSync, constants, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type Browser, chromium, type Locator, type Page } from 'playwright-core'
import { afterAll, beforeAll } from 'vitest'
import type { Recording } from '../../../lib/recording/recording.js'
import { type ReportOptions, renderReport } from '../../../lib/report/index.js'

// Reports in a real browser, as their readers open them: from a file.

const NAMES = ['chromium', 'chromium-browser', 'google-chrome']
const SWITCHES = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

const COVERAGE = process.env['HOLDFAST_COVERAGE']

export interface ViewOptions extends ReportOptions {
  /** Pixels. Default: 1280 */
  width?: number
  /** Pixels. Default: 900 */
  height?: number
  dark?: boolean
}

export interface View extends AsyncDisposable {
  page: Page
  /** What went wrong in the page, and what it asked for beside itself. */
  problems: string[]
  /** Milliseconds until the page was loaded. */
  openedIn: number
}

class ReportBrowser implements AsyncDisposable {
  readonly #browser: Browser
  readonly #folder = mkdtempSync(join(tmpdir(), 'holdfast-report-'))
  #files = 0

  private constructor(browser: Browser) {
    this.#browser = browser
  }

  static async launch(): Promise<ReportBrowser> {
    // The library that AddressSanitizer preloads is not for other programs.
    const { LD_PRELOAD: _, ...env } = process.env
    const browser = await chromium.launch({ executablePath: chromiumPath(), args: SWITCHES, env: env as never })
    return new ReportBrowser(browser)
  }

  async open(recording: Recording, options: ViewOptions = {}): Promise<View> {
    const { width = 1280, height = 900, dark = false, ...reportOptions } = options
    const file = join(this.#folder, `${++this.#files}.html`)
    writeFileSync(file, renderReport(recording, reportOptions))
    const context = await this.#browser.newContext({
      viewport: { width, height },
      colorScheme: dark ? 'dark' : 'light',
    })
    const page = await context.newPage()
    page.setDefaultTimeout(10_000)
    if (COVERAGE !== undefined) await page.coverage.startJSCoverage({ resetOnNavigation: false })
    const problems: string[] = []
    const url = pathToFileURL(file).href
    page.on('console', (message) => problems.push(`${message.type()}: ${message.text()}`))
    page.on('pageerror', (error) => problems.push(String(error.stack)))
    page.on('request', (request) => {
      if (request.url() !== url && !request.url().startsWith('data:')) problems.push(`asked for ${request.url()}`)
    })
    const started = performance.now()
    await page.goto(url)
    const openedIn = performance.now() - started
    const close = async () => {
      await writeCoverage(page)
      await context.close()
    }
    return { page, problems, openedIn, [Symbol.asyncDispose]: close }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#browser.close()
    rmSync(this.#folder, { recursive: true, force: true })
  }
}

/** For the tests of a file: launched before the first of them, closed after the last. */
export function browserOfTests(): Pick<ReportBrowser, 'open'> {
  let browser: ReportBrowser
  beforeAll(async () => {
    browser = await ReportBrowser.launch()
  })
  afterAll(() => browser[Symbol.asyncDispose]())
  return { open: (recording, options) => browser.open(recording, options) }
}

export const tooltip = (page: Page): Locator => page.locator('.tooltip:visible')

/** What the program of the page executed, where scripts/coverage.mjs collects it. */
async function writeCoverage(page: Page): Promise<void> {
  if (COVERAGE === undefined) return
  const scripts = await page.coverage.stopJSCoverage()
  const url = new URL('../../../dist/report/client/report.js', import.meta.url).href
  // The page holds one script that is no data.
  const result = scripts.filter((script) => script.url.endsWith('.html')).map((script) => ({ ...script, url }))
  writeFileSync(join(COVERAGE, `coverage-page-${randomUUID()}.json`), JSON.stringify({ result }))
}

function chromiumPath(): string {
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    for (const name of NAMES) {
      const path = join(folder, name)
      try {
        accessSync(path, constants.X_OK)
        return path
      } catch {
        // Not this one.
      }
    }
  }
  throw new Error('The report is tested in Chromium, which is not installed. On Debian: apt-get install chromium')
}
